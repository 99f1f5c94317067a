"""Answers: who is this member, and which members are like this."""
