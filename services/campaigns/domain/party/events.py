"""What can happen to a party. The stream is `party-<code>`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.kernel.messages import DomainEvent


class StorePlace(BaseModel):
    """A store whose tills the party runs, and where it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store_id: str
    latitude: float
    longitude: float


class PartyDetails(BaseModel):
    """What is said of a party. Coordinates are degrees (WGS 84)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    category: str
    """What it sells, such as `tea` or `books`: shops of other categories complement each other."""
    ours: bool
    """Whether the party is the chain itself, or a part of it. It never changes: it says who may sign for it."""
    latitude: float
    longitude: float
    stores: tuple[StorePlace, ...] = ()


class PartyRegistered(DomainEvent):
    """A party became known."""

    type: ClassVar[str] = "party_registered"

    details: PartyDetails


class PartyChanged(DomainEvent):
    """What is said of the party was replaced as a whole."""

    type: ClassVar[str] = "party_changed"

    details: PartyDetails


PartyEvent = PartyRegistered | PartyChanged
