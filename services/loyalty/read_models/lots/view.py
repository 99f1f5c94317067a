"""Lots and liability as callers see them."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field


class Lot(BaseModel):
    """Points that can be spent up to and including `expires_on`."""

    expires_on: date
    points: int
    reserved: int = Field(description="Held for redemptions, out of this lot.")


class MonthOfExpiry(BaseModel):
    """Points whose last day is in `month`."""

    month: str = Field(description="YYYY-MM")
    points: int
    reserved: int


class Liability(BaseModel):
    """What the programme owes."""

    outstanding: int = Field(description="Points of all lots, reserved ones included.")
    debt: int = Field(description="What members owe the programme.")
    members: int = Field(description="Accounts, closed ones included: their points count until they expire.")
    months: list[MonthOfExpiry]
