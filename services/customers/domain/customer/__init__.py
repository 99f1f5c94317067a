"""The stream `customer-<uuid>`: from registration to erasure."""
