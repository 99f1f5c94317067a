"""What the console does beyond showing."""
