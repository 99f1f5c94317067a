"""What partners owe each other, from the entries: balances now, and a month's statement."""
