"""A campaign: from a draft, over an approval by somebody else, to its end."""
