"""Who is calling and what they may do; idempotency keys; problem details."""
