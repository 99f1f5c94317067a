"""The read model of whom we may contact, and how."""
