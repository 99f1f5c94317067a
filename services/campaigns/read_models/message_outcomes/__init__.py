"""The read model of what became of a campaign's messages."""
