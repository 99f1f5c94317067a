"""What is said of members, decided without IO."""
