"""Planning, deciding, sending, and everything that closes a channel."""
