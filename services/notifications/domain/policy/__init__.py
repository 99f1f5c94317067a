"""The contact policy: send, defer or suppress, with the rule that said so."""
