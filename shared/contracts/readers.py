"""Who reads which events: what the published contract says about consumers, held against the real ones by a test.

A list of its own because contracts know no service: it says in public what each consumer declares in private.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from shared.contracts.customers import CustomerErased, CustomerRegistered, IdentifierLinked, MemberOpened
from shared.contracts.receipts import PosReceipt
from shared.contracts.stores import (
    SaleAttributed,
    SaleDetached,
    SaleRecorded,
    SaleReturned,
    SaleVoided,
    StoreRegistered,
)

if TYPE_CHECKING:
    from shared.contracts.base import IntegrationEvent

Event = type["IntegrationEvent"]

_SALES: tuple[Event, ...] = (SaleRecorded, SaleAttributed, SaleDetached, SaleReturned, SaleVoided)
_SIGHTINGS: tuple[Event, ...] = (SaleRecorded, SaleAttributed, StoreRegistered)
_MEMBERS: tuple[Event, ...] = (CustomerRegistered, MemberOpened, CustomerErased)


@dataclass(frozen=True, slots=True)
class Reader:
    """One consumer: `<service>.<handler>`, what it does with the events, and whether a key's order matters to it."""

    name: str
    purpose: str
    events: tuple[Event, ...]
    order: Literal["key", "none"] = "key"

    @property
    def service(self) -> str:
        """The service that it belongs to."""
        return self.name.partition(".")[0]

    def reads(self, topic: str) -> list[Event]:
        """What it reads of `topic`; it passes over the rest."""
        return [event for event in self.events if event.topic == topic]


READERS: tuple[Reader, ...] = (
    Reader("stores.receipts", "Takes receipts from any producer.", (PosReceipt,), order="none"),
    Reader(
        "stores.members",
        "Gives receipts to the members whose tokens they carry.",
        (IdentifierLinked, CustomerErased),
    ),
    Reader("loyalty.sales", "Settles each receipt with its member's points.", _SALES),
    Reader("loyalty.customers", "Opens and closes accounts.", (CustomerRegistered, CustomerErased)),
    Reader("segmentation.sales", "Keeps what members buy, and rescores whoever bought.", _SALES),
    Reader("segmentation.customers", "Forgets whoever was erased.", (CustomerErased,)),
    Reader("customers.visibility", "Remembers where members are known.", _SIGHTINGS, order="none"),
    Reader("loyalty.visibility", "Remembers where members are known.", (*_SIGHTINGS, *_MEMBERS), order="none"),
    Reader("segmentation.visibility", "Remembers where members are known.", (*_SIGHTINGS, *_MEMBERS), order="none"),
)
