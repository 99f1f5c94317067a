"""The read model of who is treated and who is held out."""
