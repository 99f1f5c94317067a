"""A receipt: recorded once, then attributed, returned line by line, or voided."""
