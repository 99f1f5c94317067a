"""Answers: who bought last on a day."""
