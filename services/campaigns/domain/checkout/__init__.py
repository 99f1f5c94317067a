"""What a till reserved, and what became of it: the stream `checkout-<id>`."""
