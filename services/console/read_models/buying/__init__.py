"""Answers: what did a store sell on a day, and what did a member buy."""
