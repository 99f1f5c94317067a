"""Scoring, segmenting and erasing."""
