"""The read model of who was left out of a campaign, and by which rule."""
