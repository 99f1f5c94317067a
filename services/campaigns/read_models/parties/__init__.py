"""The read model of who is near, and whose tills a store's are."""
