"""What the service does, inside the caller's transaction."""
