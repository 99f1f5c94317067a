"""What a campaign promises at the till, and what follows from it for a basket. Pure."""
