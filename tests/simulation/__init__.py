"""The whole system in one process with a virtual clock: see docs/simulation.md."""
