"""Answers: which channels of whom are closed, and why."""
