"""What the commands that ask print: loaded when they run, not when a shell completes them."""
