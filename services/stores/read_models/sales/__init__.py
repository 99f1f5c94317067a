"""What was sold, by store, day or category, and in all."""
