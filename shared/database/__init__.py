"""PostgreSQL: engines with time limits, rows by the batch, roles, migrations, the embedded server."""
