"""The vocabulary of every service: deciders, events, ids, clocks, money, errors. No IO."""
