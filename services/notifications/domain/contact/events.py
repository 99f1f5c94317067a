"""What happens between the chain and one member. The stream is `contact-<customer id>`; the member is a pseudonym.

No address, name or wording is in any event: what a template needs beside the member's own data are `values`, which
are never personal.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.notifications.domain.values import CallOutcome, Channel, Purpose, Reach, Rule
from shared.kernel.messages import DomainEvent


class MessageEvent(DomainEvent):
    """What every event about a message says."""

    message_id: UUID
    purpose: Purpose
    template: str
    campaign_id: UUID | None


class MessagePlanned(MessageEvent):
    """Somebody asked for it; it will be decided when its time comes."""

    type: ClassVar[str] = "message_planned"

    channels: tuple[Channel, ...]
    values: dict[str, str]
    experiment: str | None
    partner: str | None
    send_after: datetime
    expires_at: datetime


class MessageDeferred(MessageEvent):
    """The policy lets it wait."""

    type: ClassVar[str] = "message_deferred"

    rule: Rule
    detail: str
    until: datetime


class MessageSuppressed(MessageEvent):
    """It will not be sent."""

    type: ClassVar[str] = "message_suppressed"

    rule: Rule
    detail: str


class AttemptBegun(MessageEvent):
    """From here on a provider may have it. Whoever dies before the outcome leaves it unknown."""

    type: ClassVar[str] = "attempt_begun"

    attempt: int
    channel: Channel
    sender: UUID
    """Whose lease it is sent under; when that lease is free, its holder is gone."""
    store: str | None
    """The home store, whose clerks call."""
    at: datetime
    """Business time: from here it counts toward the cap."""


class AttemptEvent(MessageEvent):
    """What every outcome of an attempt says."""

    attempt: int
    channel: Channel


class AttemptPutOff(AttemptEvent):
    """It never left: what it needed was away."""

    type: ClassVar[str] = "attempt_put_off"

    detail: str
    until: datetime


class AttemptRefused(AttemptEvent):
    """It was certainly not accepted. It is tried again by the same channel, or by the next one, from `until` on."""

    type: ClassVar[str] = "attempt_refused"

    detail: str
    until: datetime
    channel_is_out: bool
    rule: Rule | None
    """The rule that spoke, where it was not a provider that refused."""


class MessageAccepted(AttemptEvent):
    """A provider accepted it."""

    type: ClassVar[str] = "message_accepted"

    reconciled: bool = False
    """Whether somebody found out afterwards."""


class MessageFailed(AttemptEvent):
    """Every channel refused it for certain."""

    type: ClassVar[str] = "message_failed"

    detail: str


class MessageUnknown(AttemptEvent):
    """A provider may have accepted it. Nobody sends it again before somebody found out."""

    type: ClassVar[str] = "message_unknown"

    detail: str


class MessageReconciled(AttemptEvent):
    """Somebody found out that no provider had accepted it: it is decided anew."""

    type: ClassVar[str] = "message_reconciled"

    note: str
    until: datetime


class ChannelSuppressed(DomainEvent):
    """Nothing within `reach` goes to the member by this channel any more."""

    type: ClassVar[str] = "channel_suppressed"

    channel: Channel
    reach: Reach
    reason: str
    at: datetime


class SuppressionLifted(DomainEvent):
    """The channel is open again, as far as consent goes."""

    type: ClassVar[str] = "suppression_lifted"

    channel: Channel


class Unsubscribed(DomainEvent):
    """The member followed the link of a message."""

    type: ClassVar[str] = "unsubscribed"

    channel: Channel
    message_id: UUID
    at: datetime


class CallRecorded(DomainEvent):
    """A clerk called, and says how it went."""

    type: ClassVar[str] = "call_recorded"

    message_id: UUID
    outcome: CallOutcome


class ContactErased(DomainEvent):
    """The member was erased: nothing is planned for her any more."""

    type: ClassVar[str] = "contact_erased"


Ended = MessageSuppressed | MessageAccepted | MessageFailed
Waiting = MessagePlanned | MessageDeferred | AttemptPutOff | AttemptRefused | MessageReconciled
AnyMessageEvent = Waiting | Ended | AttemptBegun | MessageUnknown
ContactEvent = AnyMessageEvent | ChannelSuppressed | SuppressionLifted | Unsubscribed | CallRecorded | ContactErased
