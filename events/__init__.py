"""The log, the facts and the state that follows from them. Knows no web and no feed format."""
