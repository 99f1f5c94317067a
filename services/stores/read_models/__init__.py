"""Questions and their tables."""
