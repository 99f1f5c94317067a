"""Which customers are alike, now: recency, frequency and money of each member, and exact scores as of a date."""
