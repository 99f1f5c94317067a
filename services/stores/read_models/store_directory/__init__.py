"""The stores and tills that there are."""
