"""Ports of the application, on PostgreSQL."""
