"""A store and its tills."""
