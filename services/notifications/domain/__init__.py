"""What may be sent to whom, and what became of it. Pure."""
