"""Campaigns: offers to members, who gets them, what they cost and what they changed."""
