"""Integration events: what services tell each other. Additive only; schemas are committed."""
