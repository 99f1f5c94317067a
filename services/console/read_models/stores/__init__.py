"""Answers: how is each store doing."""
