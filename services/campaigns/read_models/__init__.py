"""Tables that each answer one question."""
