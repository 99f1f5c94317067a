"""What a customer's registration, identifiers and consents may do. Pure; knows tokens, never a person's data."""
