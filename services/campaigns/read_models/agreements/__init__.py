"""The read models of who signed what, and who claimed what."""
