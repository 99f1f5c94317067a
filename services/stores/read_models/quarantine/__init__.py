"""Receipts that came again with other content."""
