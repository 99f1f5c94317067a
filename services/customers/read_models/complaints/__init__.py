"""Complaints: which a customer made, about what, and how they ended; what was said is in the vault."""
