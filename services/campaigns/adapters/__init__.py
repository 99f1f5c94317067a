"""What the application asks of the outside, answered by PostgreSQL."""
