"""Stores as the API shows them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class StoreEntry(BaseModel):
    """A store as it is now; `version` is its stream's."""

    model_config = ConfigDict(from_attributes=True)

    store: str
    name: str
    time_zone: str
    currency: str
    region: str | None
    address: str | None
    latitude: float | None
    longitude: float | None
    tills: list[str]
    version: int


class StorePage(BaseModel):
    """Stores by code."""

    items: list[StoreEntry]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null on the last one.")
