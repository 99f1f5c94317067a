"""Segments as callers see them."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field


class ComputationView(BaseModel):
    """How far the members have been looked at by the newest rule; those who buy meanwhile are looked at anyway."""

    finished: bool
    evaluated: int = Field(description="Members looked at so far.")
    population: int = Field(description="Members there are.")


class SegmentView(BaseModel):
    """A segment, its rule, and how many are in it."""

    code: str
    kind: Literal["named", "rule"]
    name: str
    name_zh: str | None = Field(description="The Chinese name of a named segment; null for the chain's own.")
    version: int
    rule: dict[str, Any]
    size: int = Field(description="Members in it, of those whom the caller may see.")
    computation: ComputationView


class SegmentList(BaseModel):
    """The named segments, then the chain's own by their codes."""

    items: list[SegmentView]


class PreviewView(BaseModel):
    """What a rule would select."""

    size: int
    population: int
    as_of: date = Field(description="The business date that days are counted from.")
