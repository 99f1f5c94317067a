"""Which offers go together, and what applies when they do not. Pure."""
