"""The read model of what happened to a member's points."""
