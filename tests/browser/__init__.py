"""The console's page in a real browser. A package, so that its system and its browser end with its last test."""
