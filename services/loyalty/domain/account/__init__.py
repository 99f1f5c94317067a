"""The account of a member: the one kind of stream of this service."""
