"""A receipt as it stands, and how it came to that."""
