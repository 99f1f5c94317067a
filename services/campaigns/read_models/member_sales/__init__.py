"""The read model of what members bought, as results count it."""
