"""Who reads which events: what the published contract says about consumers, held against the real ones by a test.

A list of its own because contracts know no service: it says in public what each consumer declares in private.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from shared.contracts.campaigns import (
    ArmAssigned,
    BonusPointsDue,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    CampaignStarted,
    FundingShared,
    OfferRedeemed,
    OfferReturned,
)
from shared.contracts.customers import (
    ComplaintClosed,
    ComplaintOpened,
    ConsentGiven,
    ConsentWithdrawn,
    CustomerErased,
    CustomerRegistered,
    IdentifierLinked,
    MemberOpened,
)
from shared.contracts.loyalty import (
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    PointsReleased,
    PointsReserved,
    PointsTakenBack,
)
from shared.contracts.notifications import (
    MessageDeferred,
    MessageFailed,
    MessagePlanned,
    MessageSent,
    MessageSuppressed,
    MessageUnknown,
    SendRequested,
    Unsubscribed,
)
from shared.contracts.receipts import PosReceipt
from shared.contracts.segmentation import ScoresChanged, ScoresWithdrawn, SegmentEntered, SegmentLeft
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
_CONTACTS: tuple[Event, ...] = (
    CustomerRegistered,
    ConsentGiven,
    ConsentWithdrawn,
    ComplaintOpened,
    ComplaintClosed,
    CustomerErased,
)
_SEGMENTS: tuple[Event, ...] = (SegmentEntered, SegmentLeft)
_MESSAGES: tuple[Event, ...] = (
    MessagePlanned,
    MessageDeferred,
    MessageSuppressed,
    MessageSent,
    MessageFailed,
    MessageUnknown,
)
_ACCOUNTS: tuple[Event, ...] = (
    PointsEarned,
    PointsTakenBack,
    PointsReserved,
    PointsRedeemed,
    PointsReleased,
    PointsExpired,
)
_LIVES: tuple[Event, ...] = (CampaignStarted, CampaignPaused, CampaignResumed, CampaignEnded)
_TIMELINE: tuple[Event, ...] = (
    *_SALES,
    PointsEarned,
    PointsTakenBack,
    PointsRedeemed,
    PointsExpired,
    *_SEGMENTS,
    ArmAssigned,
    OfferRedeemed,
    OfferReturned,
    *_MESSAGES,
    Unsubscribed,
)


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
    Reader("loyalty.bonuses", "Books what a campaign's offer adds to a receipt's points.", (BonusPointsDue,)),
    Reader("loyalty.fundings", "Books what partners owe each other for joint promotions.", (FundingShared,)),
    Reader("segmentation.sales", "Keeps what members buy; rescores whoever bought, and finds her segments.", _SALES),
    Reader(
        "segmentation.customers",
        "Keeps who members are and what they agreed to, and finds their segments; forgets whoever was erased.",
        (CustomerRegistered, ConsentGiven, ConsentWithdrawn, CustomerErased),
    ),
    Reader("campaigns.segments", "Knows who is in which segment.", _SEGMENTS),
    Reader("campaigns.members", "Knows who may be written to, and how.", _CONTACTS),
    Reader("campaigns.sales", "Measures what members of both arms buy.", _SALES),
    Reader("campaigns.checkout_sales", "Confirms checkouts by their sales, and takes returns off.", _SALES),
    Reader("campaigns.messages", "Counts what became of each campaign's messages.", _MESSAGES),
    Reader("campaigns.stores", "Knows where each store is, and its currency.", (StoreRegistered,)),
    Reader("notifications.requests", "Plans messages.", (SendRequested,)),
    Reader(
        "notifications.facts",
        "Knows what decides whether somebody may be written to now.",
        (*_CONTACTS, *_LIVES, ArmAssigned, StoreRegistered),
    ),
    Reader("notifications.sales", "Knows when members bought last.", (SaleRecorded, SaleAttributed), order="none"),
    Reader("notifications.customers", "Drops the messages of whoever was erased.", (CustomerErased,)),
    Reader("customers.timeline", "Keeps what happens with each customer elsewhere.", _TIMELINE, order="none"),
    Reader("customers.unsubscribed", "Takes consents back for whoever followed a link.", (Unsubscribed,)),
    Reader(
        "console.sales",
        "Keeps what stores sell each day and what members buy.",
        (SaleRecorded, SaleAttributed, SaleReturned, SaleVoided),
        order="none",
    ),
    Reader(
        "console.members",
        "Keeps a row of each member for lists; forgets whoever was erased.",
        (*_CONTACTS, ScoresChanged, ScoresWithdrawn, *_SEGMENTS, *_ACCOUNTS, MessageSent),
    ),
    Reader("console.stores", "Knows where each store is, and its currency.", (StoreRegistered,), order="none"),
    Reader(
        "console.news",
        "Tells open pages that campaigns or messages changed.",
        (*_LIVES, OfferRedeemed, OfferReturned, *_MESSAGES),
        order="none",
    ),
    Reader("customers.visibility", "Remembers where members are known.", _SIGHTINGS, order="none"),
    Reader("loyalty.visibility", "Remembers where members are known.", (*_SIGHTINGS, *_MEMBERS), order="none"),
    Reader("segmentation.visibility", "Remembers where members are known.", (*_SIGHTINGS, *_MEMBERS), order="none"),
    Reader("campaigns.visibility", "Remembers where members are known.", (*_SIGHTINGS, *_MEMBERS), order="none"),
    Reader("notifications.visibility", "Remembers where members are known.", (*_SIGHTINGS, *_MEMBERS), order="none"),
    Reader("console.visibility", "Remembers where members are known.", (*_SIGHTINGS, *_MEMBERS), order="none"),
)
