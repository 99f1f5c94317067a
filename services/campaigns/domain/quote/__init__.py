"""A basket and the campaigns of the moment become effects, and reasons for what does not apply. Pure."""
