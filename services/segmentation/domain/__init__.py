"""What a score is, what a segment is, and who belongs to it. Pure."""
