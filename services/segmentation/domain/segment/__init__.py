"""A segment as a chain defines it: the one kind of stream of this service."""
