"""Loyalty: what a receipt earns, and what a member can spend. A ledger of points in double entry."""
