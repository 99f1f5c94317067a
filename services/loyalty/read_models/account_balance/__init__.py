"""The read model of what a member has."""
