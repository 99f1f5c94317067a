"""Providers of channels, and the vault."""
