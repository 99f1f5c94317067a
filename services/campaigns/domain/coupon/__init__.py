"""Codes that are good once: their issue, and the contended stream `coupon-<id>`."""
