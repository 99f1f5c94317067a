"""What the service does: loads, decides, appends and keeps the vault in step, in one transaction."""
