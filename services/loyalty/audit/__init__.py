"""The auditor: written apart from the writers, sharing no code with them."""
