"""What is subscribed to: feeds of the register's events. Knows `events/`, but no web framework."""
