"""The read model of where stores are."""
