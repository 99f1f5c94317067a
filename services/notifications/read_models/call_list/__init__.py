"""Answers: whom shall the clerks of a store call."""
