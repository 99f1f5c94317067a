"""What the service does: takes receipts, follows members, answers returns; tells the others."""
