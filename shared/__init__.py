"""What two services need and that has no business word in its name."""
