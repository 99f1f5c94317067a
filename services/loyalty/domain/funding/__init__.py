"""The funding of one redemption of a joint promotion: what partners owe the one who gave the discount."""
