"""Commands by the batch: load, decide, append, outbox, project, in the caller's transaction."""
