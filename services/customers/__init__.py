"""Customers: who somebody is, and what they agreed to. The only place that holds personal data."""
