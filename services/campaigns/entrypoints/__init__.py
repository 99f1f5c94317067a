"""Where calls, records and time come in."""
