"""The read model of which receipt and campaign a bonus is for."""
