"""The read model of what became of a checkout."""
