"""Rules: which members belong to a segment, as a tree."""
