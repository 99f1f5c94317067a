"""Consents: what a customer agreed to, when, having read which text, and what holds now."""
