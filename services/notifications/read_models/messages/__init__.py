"""Answers: which messages are there, how do they stand, and which are due."""
