"""The timeline: everything that happened with a customer, whichever service it happened in, newest first."""
