"""What the service can be asked: each folder answers one question."""
