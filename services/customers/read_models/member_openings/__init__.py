"""To which stores each member is open, and who was erased: what `shared.access.visibility` needs of this service."""
