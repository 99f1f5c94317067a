"""Which segments there are, and by which rules."""
