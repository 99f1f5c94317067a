"""The read model of what expires when, for one member and for the whole programme."""
