"""What can happen to a store."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from shared.kernel.messages import DomainEvent


class StoreDetails(BaseModel):
    """What is said of a store. `currency` and `time_zone` never change: sums and business dates rest on them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    time_zone: str
    """IANA, such as America/New_York: it says which business date a moment belongs to."""
    currency: str
    """ISO 4217."""
    region: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class StoreRegistered(DomainEvent):
    """A store joined the chain."""

    type: ClassVar[str] = "store_registered"

    details: StoreDetails


class StoreDetailsChanged(DomainEvent):
    """What is said of the store was replaced as a whole."""

    type: ClassVar[str] = "store_details_changed"

    details: StoreDetails


class TillRegistered(DomainEvent):
    """A till may send receipts of this store from now on."""

    type: ClassVar[str] = "till_registered"

    till_id: str


StoreEvent = StoreRegistered | StoreDetailsChanged | TillRegistered
EVENTS: tuple[type[StoreEvent], ...] = (StoreRegistered, StoreDetailsChanged, TillRegistered)
