"""The routes, one controller a noun. Handlers parse, call and answer; what they call knows no HTTP."""
