"""The vault in PostgreSQL and the keys that lock it."""
