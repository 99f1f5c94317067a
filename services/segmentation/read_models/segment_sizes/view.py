"""What is told of a segment's size over time."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict


class SegmentSize(BaseModel):
    """How many members a segment had after the sweep of a business date."""

    model_config = ConfigDict(frozen=True)

    day: date
    members: int


class SegmentTrend(BaseModel):
    """By day, the oldest first; days on which nobody was swept are missing."""

    model_config = ConfigDict(frozen=True)

    segment: str
    items: list[SegmentSize]
