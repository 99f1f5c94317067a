"""The read model of coupons: whose they are, and who has them."""
