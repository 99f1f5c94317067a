"""The read model of what is spent of each limit."""
