"""What `customers` tells the others. A customer id is a pseudonym; no personal data is ever in here."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.base import IntegrationEvent

CUSTOMERS_TOPIC = "customers.events.v1"

IdentifierKind = Literal["card", "phone", "email"]
ConsentPurpose = Literal["membership", "profiling", "marketing"]
Channel = Literal["sms", "email", "phone", "post", "wechat", "app"]
ComplaintCategory = Literal["product", "service", "price", "delivery", "points", "privacy", "other"]


class CustomerFact(IntegrationEvent):
    """What every event about a customer says."""

    topic: ClassVar[str] = CUSTOMERS_TOPIC

    customer_id: UUID
    occurred_at: datetime


class CustomerRegistered(CustomerFact):
    """Somebody became a member."""

    type: ClassVar[str] = "customers.registered.v1"

    home_store: str | None = None


class IdentifierLinked(CustomerFact):
    """Tills that see `token` see this customer. The token is an HMAC; the identifier itself is not here."""

    type: ClassVar[str] = "customers.identifier_linked.v1"

    kind: IdentifierKind
    token: str


class ConsentGiven(CustomerFact):
    """The customer agreed to `purpose` (for marketing: by `channel`), having read `text_version`."""

    type: ClassVar[str] = "customers.consent_given.v1"

    purpose: ConsentPurpose
    channel: Channel | None = None
    text_version: str


class ConsentWithdrawn(CustomerFact):
    """The customer took a consent back."""

    type: ClassVar[str] = "customers.consent_withdrawn.v1"

    purpose: ConsentPurpose
    channel: Channel | None = None


class MemberOpened(CustomerFact):
    """The customer showed an identifier in `store_id`, which may therefore see them until `until`."""

    type: ClassVar[str] = "customers.member_opened.v1"

    store_id: str
    until: datetime


class ComplaintOpened(CustomerFact):
    """The customer complained; until it is closed she gets no marketing. What she said is in the vault."""

    type: ClassVar[str] = "customers.complaint_opened.v1"

    complaint_id: UUID
    category: ComplaintCategory
    store_id: str | None = None


class ComplaintClosed(CustomerFact):
    """The complaint was settled."""

    type: ClassVar[str] = "customers.complaint_closed.v1"

    complaint_id: UUID


class CustomerErased(CustomerFact):
    """Everything personal is gone; every service purges what it holds. `tokens` resolve to nobody now."""

    type: ClassVar[str] = "customers.erased.v1"

    tokens: tuple[str, ...] = ()


EVENTS: tuple[type[IntegrationEvent], ...] = (
    CustomerRegistered,
    IdentifierLinked,
    ConsentGiven,
    ConsentWithdrawn,
    MemberOpened,
    ComplaintOpened,
    ComplaintClosed,
    CustomerErased,
)
