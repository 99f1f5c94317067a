"""Parties as callers see them."""

from __future__ import annotations

from pydantic import BaseModel, Field


class PartyStore(BaseModel):
    """A store whose tills the party runs."""

    store: str
    latitude: float
    longitude: float


class PartyView(BaseModel):
    """A party of joint promotions."""

    code: str
    version: int = Field(description="Grows with each change.")
    name: str
    category: str
    ours: bool = Field(description="It is the chain, or a part of it.")
    latitude: float
    longitude: float
    stores: list[PartyStore]


class PartyPage(BaseModel):
    """Parties in the order of their codes."""

    items: list[PartyView]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null: this was the last.")


class NearbyParty(PartyView):
    """A partner near a store."""

    distance_m: int = Field(description="From the store, rounded to meters.")
    complementary: bool = Field(description="It is of another category than the party that runs the store.")


class NearbyParties(BaseModel):
    """Partners within the radius: those of another category first, and among equals the nearest."""

    store: str
    within_m: int
    items: list[NearbyParty]
    more: bool = Field(description="There are more than are shown; ask for a smaller radius.")
