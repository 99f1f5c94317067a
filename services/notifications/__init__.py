"""Notifications: who is told what, by which channel and when; and why somebody was not."""
