"""The service: HTTP, HTML, the command line, settings and access, over `feeds` and `events`."""
