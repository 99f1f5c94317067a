"""The figures of the first page."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from services.console.read_models.members.view import RfmClass, Score, Stage


class SalesDay(BaseModel):
    """A business date's sales in one currency. A sale counts until it comes back whole or is voided."""

    business_date: date
    currency: str
    sales_minor: int = Field(description="What is left after returns, in minor units.")
    receipts: int
    member_sales_minor: int = Field(description="Of these, what members bought.")
    member_receipts: int


class StageCount(BaseModel):
    """How many members are in a stage of life."""

    stage: Stage
    members: int


class MoveCount(BaseModel):
    """How many members went from one stage to another, or entered their first, on a date."""

    business_date: date
    from_stage: Stage | None
    to_stage: Stage
    members: int


class ClassCount(BaseModel):
    """How many members are in a class."""

    rfm_class: RfmClass
    members: int


class GridCell(BaseModel):
    """How many members have a recency and a frequency score."""

    r: Score
    f: Score
    members: int


class OverviewView(BaseModel):
    """The chain, or a part of it, between two business dates, both included."""

    from_date: date
    to_date: date
    store: str | None
    days: list[SalesDay] = Field(description="By date, then currency; dates without sales are left out.")
    members: int
    new_members: int = Field(description="Who registered between the dates.")
    points_outstanding: int = Field(description="What members can spend now; debts are not taken off.")
    lifecycle: list[StageCount] = Field(description="Now.")
    moves: list[MoveCount] = Field(description="Between the dates.")
    classes: list[ClassCount] = Field(description="Now.")
    grid: list[GridCell] = Field(description="Now; combinations without members are left out.")
