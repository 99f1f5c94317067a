"""Answers: how does each member stand among all, and how are members spread over the cells."""
