"""What is decided about stores and receipts. Pure: no clock, no ids, no IO."""
