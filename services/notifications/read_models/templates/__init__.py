"""Answers: how is each template worded."""
