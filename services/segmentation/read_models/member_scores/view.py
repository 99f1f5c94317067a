"""Scores, cuts and cells as callers see them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

Score = Annotated[int, Field(ge=1, le=5)]


class CutsView(BaseModel):
    """The values that scores are compared with, from worst to best."""

    sweep: int = Field(description="Counts the sweeps; scores are given by the newest.")
    as_of: date
    swept_at: datetime
    population: int = Field(description="Members with a counted purchase on or before the date.")
    recency_days: list[int] = Field(description="r is 1, and one more for each of these that is more than hers.")
    receipts: list[int] = Field(description="f is 1, and one more for each of these that is less than hers.")
    sales_minor: list[int] = Field(description="m is 1, and one more for each of these that is less than hers.")


class MemberScoreView(BaseModel):
    """A member's facts up to a date and the scores, 1 (worst) to 5 (best), that they earn."""

    customer_id: UUID
    as_of: date
    last_business_date: date
    recency_days: int
    receipts: int
    sales_minor: int
    r: Score
    f: Score
    m: Score


class MemberScoresPage(BaseModel):
    """Members in order of their ids. `next_cursor` is null on the last page."""

    items: list[MemberScoreView]
    next_cursor: UUID | None


class CellView(BaseModel):
    """The members who have the same three scores."""

    r: Score
    f: Score
    m: Score
    members: int
    sales_minor: int


class CellsView(BaseModel):
    """Every cell that has members, in order."""

    as_of: date
    members: int
    filled: int = Field(description="How many cells have members, of 125.")
    cells: list[CellView]
