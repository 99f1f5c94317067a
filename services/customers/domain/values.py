"""Values of the domain: tokens that stand for identifiers, consents, and complaints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from shared.kernel.errors import InvalidInput

IdentifierKind = Literal["card", "phone", "email"]
Purpose = Literal["membership", "profiling", "marketing"]
Channel = Literal["sms", "email", "phone", "post", "wechat", "app"]
ComplaintCategory = Literal["product", "service", "price", "delivery", "points", "privacy", "other"]
ComplaintOutcome = Literal["resolved", "refunded", "replaced", "compensated", "unfounded", "withdrawn"]
"""How a complaint ended. Closed lists, as free text would hold names sooner or later."""


@dataclass(frozen=True, slots=True, order=True)
class MemberToken:
    """What tills know a customer by: a keyed hash of an identifier, never the identifier."""

    kind: IdentifierKind
    token: str


@dataclass(frozen=True, slots=True)
class ConsentScope:
    """What is consented to: marketing by one channel, or membership or profiling as a whole."""

    purpose: Purpose
    channel: Channel | None = None

    def __post_init__(self) -> None:
        if self.purpose == "marketing" and self.channel is None:
            message = "channel is missing; marketing is agreed to by channel: sms, email, phone, post, wechat or app"
            raise InvalidInput(message, field="channel")
        if self.purpose != "marketing" and self.channel is not None:
            message = f"channel {self.channel} cannot go with {self.purpose}; leave it out, only marketing has one"
            raise InvalidInput(message, field="channel", value=self.channel)


@dataclass(frozen=True, slots=True)
class Consent:
    """An agreement to `scope`, given after reading the text `text_version`."""

    scope: ConsentScope
    text_version: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """That the customer complained, and how it ended. What she said is in the vault."""

    complaint_id: UUID
    category: ComplaintCategory
    store_id: str | None
    outcome: ComplaintOutcome | None = None
    """None while it is open."""
