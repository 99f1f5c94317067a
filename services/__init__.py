"""One package per service; `cli` and `embedded` compose them through their `bootstrap`."""
