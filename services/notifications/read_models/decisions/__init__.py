"""Answers: what was decided about a message, by which rule, and when."""
