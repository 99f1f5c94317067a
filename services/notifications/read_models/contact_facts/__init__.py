"""Answers: what must be known of a member, her store and a campaign before anything is sent."""
