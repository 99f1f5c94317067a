"""Records between services: outbox, relay, event log, the consumer recipe, parking."""
