"""Scoring and erasing, inside the caller's transaction."""
