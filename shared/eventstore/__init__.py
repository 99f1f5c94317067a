"""Streams of events and their folded state, in PostgreSQL, a batch at a time."""
