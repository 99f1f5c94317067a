"""Answers: what did each member buy, when last, how often, for how much."""
