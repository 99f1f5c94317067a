"""What can happen to a customer. A customer id is a pseudonym: nothing here tells who somebody is."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from services.customers.domain.values import Channel, ComplaintCategory, ComplaintOutcome, IdentifierKind, Purpose
from shared.kernel.messages import DomainEvent


class CustomerRegistered(DomainEvent):
    """Somebody became a customer; `registered_on` is the chain's business date."""

    type: ClassVar[str] = "customer_registered"

    registered_on: date
    home_store: str | None = None


class IdentifierLinked(DomainEvent):
    """Tills that see `token` see this customer."""

    type: ClassVar[str] = "identifier_linked"

    kind: IdentifierKind
    token: str


class ConsentGiven(DomainEvent):
    """The customer agreed, having read the text `text_version`."""

    type: ClassVar[str] = "consent_given"

    purpose: Purpose
    channel: Channel | None = None
    text_version: str


class ConsentWithdrawn(DomainEvent):
    """The customer took an agreement back."""

    type: ClassVar[str] = "consent_withdrawn"

    purpose: Purpose
    channel: Channel | None = None


class MemberOpened(DomainEvent):
    """The customer showed an identifier in a store, which may therefore see them until `until`."""

    type: ClassVar[str] = "member_opened"

    store_id: str
    until: datetime


class ComplaintOpened(DomainEvent):
    """The customer complained, about a store or the chain as a whole."""

    type: ClassVar[str] = "complaint_opened"

    complaint_id: UUID
    category: ComplaintCategory
    store_id: str | None = None


class ComplaintClosed(DomainEvent):
    """The complaint was settled, one way or another."""

    type: ClassVar[str] = "complaint_closed"

    complaint_id: UUID
    outcome: ComplaintOutcome


class CustomerErased(DomainEvent):
    """Everything personal is destroyed; `tokens` resolve to nobody now."""

    type: ClassVar[str] = "customer_erased"

    tokens: tuple[str, ...]


CustomerEvent = (
    CustomerRegistered
    | IdentifierLinked
    | ConsentGiven
    | ConsentWithdrawn
    | MemberOpened
    | ComplaintOpened
    | ComplaintClosed
    | CustomerErased
)
EVENTS: tuple[type[CustomerEvent], ...] = (
    CustomerRegistered,
    IdentifierLinked,
    ConsentGiven,
    ConsentWithdrawn,
    MemberOpened,
    ComplaintOpened,
    ComplaintClosed,
    CustomerErased,
)
