"""How much of a campaign is left: the contended stream `budget-<id>`."""
