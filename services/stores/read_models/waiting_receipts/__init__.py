"""Anonymous receipts that wait for a member to be known."""
