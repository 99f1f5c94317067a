"""What the service does with sales, members, redemptions and time."""
