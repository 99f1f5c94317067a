"""A claim on a joint promotion: made at the till of one party, used at the tills of the other."""
