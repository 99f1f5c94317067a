"""Whom a rule selects."""
