"""Questions that this service answers about its own events. No personal data in any of them."""
