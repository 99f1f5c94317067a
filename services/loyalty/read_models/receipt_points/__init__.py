"""The read model of what an account already has for a receipt."""
