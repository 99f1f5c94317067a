"""Answers: how is the chain doing."""
