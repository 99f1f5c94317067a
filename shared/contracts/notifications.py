"""What is asked of `notifications`, and what it tells: who got which message, who did not, and by which rule.

No address, name or text is ever in here: templates are named, addresses come from the vault when a message is sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import IntegrationEvent
from shared.contracts.customers import Channel

REQUESTS_TOPIC = "notifications.requests.v1"
NOTIFICATIONS_TOPIC = "notifications.events.v1"

MessagePurpose = Literal["marketing", "membership"]
"""Marketing: what a member may like to hear. Membership: what she must hear, such as points that run out."""
PolicyRule = Literal[
    "erased",
    "consent",
    "suppression_list",
    "complaint_open",
    "hold_out",
    "frequency_cap",
    "quiet_hours",
    "campaign_over",
    "too_late",
    "no_address",
    "template",
]


class SendRequested(IntegrationEvent):
    """A service wants a member to be told something. The same `request_id` is one message, however often it comes.

    `channels` are tried in order until one may be used; it never means all of them.
    """

    type: ClassVar[str] = "notifications.send_requested.v1"
    topic: ClassVar[str] = REQUESTS_TOPIC

    request_id: UUID
    customer_id: UUID
    purpose: MessagePurpose
    template: str
    channels: tuple[Channel, ...]
    values: dict[str, str] = Field(default_factory=dict)
    """What the template says beside the member's own name: a code, an amount, a date. Never personal."""
    campaign_id: UUID | None = None
    experiment: str | None = None
    """Whose hold-out must not get it; the global one never does."""
    partner: str | None = None
    """The partner shop on whose behalf it is sent, if any; it counts toward the cap like our own."""
    send_after: datetime
    expires_at: datetime
    occurred_at: datetime


class MessageFact(IntegrationEvent):
    """What every event about a message says. Keyed by the customer; `message_id` is the request's id."""

    topic: ClassVar[str] = NOTIFICATIONS_TOPIC

    message_id: UUID
    customer_id: UUID
    purpose: MessagePurpose
    template: str
    campaign_id: UUID | None
    occurred_at: datetime


class MessagePlanned(MessageFact):
    """It was accepted and will be decided when its time comes."""

    type: ClassVar[str] = "notifications.message_planned.v1"


class MessageDeferred(MessageFact):
    """It may not be sent now, but later."""

    type: ClassVar[str] = "notifications.message_deferred.v1"

    rule: PolicyRule
    detail: str
    until: datetime


class MessageSuppressed(MessageFact):
    """It will not be sent."""

    type: ClassVar[str] = "notifications.message_suppressed.v1"

    rule: PolicyRule
    detail: str


class MessageSent(MessageFact):
    """A provider accepted it, once."""

    type: ClassVar[str] = "notifications.message_sent.v1"

    channel: Channel


class MessageFailed(MessageFact):
    """Every provider refused it for certain."""

    type: ClassVar[str] = "notifications.message_failed.v1"

    channel: Channel
    detail: str


class MessageUnknown(MessageFact):
    """A provider may have accepted it: nobody sends it again before somebody found out."""

    type: ClassVar[str] = "notifications.message_unknown.v1"

    channel: Channel
    detail: str


class Unsubscribed(IntegrationEvent):
    """The member followed the link of a message: no marketing by this channel any more."""

    type: ClassVar[str] = "notifications.unsubscribed.v1"
    topic: ClassVar[str] = NOTIFICATIONS_TOPIC

    customer_id: UUID
    channel: Channel
    message_id: UUID
    occurred_at: datetime


EVENTS: tuple[type[IntegrationEvent], ...] = (
    SendRequested,
    MessagePlanned,
    MessageDeferred,
    MessageSuppressed,
    MessageSent,
    MessageFailed,
    MessageUnknown,
    Unsubscribed,
)
