"""The read model of what is booked between partners."""
