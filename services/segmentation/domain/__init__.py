"""What a score is. Pure."""
