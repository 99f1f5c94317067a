"""The read model of who is in which segment."""
