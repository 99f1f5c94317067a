"""Each answers one question of a page."""
