"""Stores, tills and receipts: the only writer of canonical sales."""
