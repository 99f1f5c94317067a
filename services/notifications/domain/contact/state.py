"""The write-side state of a contact: open messages, what counts toward the cap, closed channels. No history."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, assert_never
from uuid import UUID

from services.notifications.domain.contact.events import (
    AttemptBegun,
    AttemptPutOff,
    AttemptRefused,
    CallRecorded,
    ChannelSuppressed,
    ContactErased,
    ContactEvent,
    MessageAccepted,
    MessageDeferred,
    MessageFailed,
    MessagePlanned,
    MessageReconciled,
    MessageSuppressed,
    MessageUnknown,
    SuppressionLifted,
    Unsubscribed,
)
from services.notifications.domain.policy.facts import Suppression
from services.notifications.domain.values import Channel, Purpose, Rule

WINDOW_MAX = timedelta(days=90)
"""The longest window of a cap: sends older than this, seen from the newest one, are forgotten."""
UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a channel is out for a message; `rule` is None where a provider refused."""

    rule: Rule | None
    detail: str


@dataclass(frozen=True, slots=True)
class Open:
    """A message that has not ended."""

    purpose: Purpose
    template: str
    channels: tuple[Channel, ...]
    campaign_id: UUID | None
    experiment: str | None
    expires_at: datetime
    due_at: datetime
    standing: Literal["waiting", "attempting", "unknown"] = "waiting"
    attempt: int = 0
    channel: Channel | None = None
    """Of the attempt."""
    refusals: dict[Channel, Refusal] = field(default_factory=dict)
    waited_for: str | None = None

    @property
    def left(self) -> tuple[Channel, ...]:
        """The channels that did not refuse it."""
        return tuple(channel for channel in self.channels if channel not in self.refusals)


@dataclass(frozen=True, slots=True)
class Contact:
    """One member. `sends` are her marketing messages of the last weeks that were, or may have been, accepted."""

    erased: bool = False
    open: dict[UUID, Open] = field(default_factory=dict)
    sends: dict[UUID, datetime] = field(default_factory=dict)
    suppressions: dict[Channel, Suppression] = field(default_factory=dict)


def evolve(contact: Contact, event: ContactEvent) -> Contact:  # noqa: C901, PLR0911, PLR0912 - one case per kind of event
    """The contact after `event`."""
    match event:
        case MessagePlanned():
            return _keep(contact, event.message_id, _planned(event))
        case MessageDeferred():
            return _change(contact, event.message_id, due_at=event.until, waited_for=event.rule)
        case AttemptBegun():
            changed = _change(
                contact,
                event.message_id,
                standing="attempting",
                attempt=event.attempt,
                channel=event.channel,
            )
            return _count(changed, event) if event.purpose == "marketing" else changed
        case AttemptPutOff() | MessageReconciled():
            waiting = _change(contact, event.message_id, standing="waiting", due_at=event.until)
            return _uncount(waiting, event.message_id)
        case AttemptRefused():
            return _uncount(_refused(contact, event), event.message_id)
        case MessageUnknown():
            return _change(contact, event.message_id, standing="unknown")
        case MessageAccepted():
            return _without(contact, event.message_id)
        case MessageSuppressed() | MessageFailed():
            return _uncount(_without(contact, event.message_id), event.message_id)
        case ChannelSuppressed():
            entry = Suppression(event.reach, event.reason, event.at)
            return replace(contact, suppressions={**contact.suppressions, event.channel: entry})
        case Unsubscribed():
            return _unsubscribe(contact, event)
        case SuppressionLifted():
            kept = {channel: entry for channel, entry in contact.suppressions.items() if channel != event.channel}
            return replace(contact, suppressions=kept)
        case ContactErased():
            return replace(contact, erased=True)
        case CallRecorded():
            return contact
        case _:
            assert_never(event)


def _planned(event: MessagePlanned) -> Open:
    return Open(
        purpose=event.purpose,
        template=event.template,
        channels=event.channels,
        campaign_id=event.campaign_id,
        experiment=event.experiment,
        expires_at=event.expires_at,
        due_at=event.send_after,
    )


def _keep(contact: Contact, message_id: UUID, message: Open) -> Contact:
    return replace(contact, open={**contact.open, message_id: message})


def _change(contact: Contact, message_id: UUID, **changes: Any) -> Contact:  # noqa: ANN401 - fields by name
    return _keep(contact, message_id, replace(contact.open[message_id], **changes))


def _without(contact: Contact, message_id: UUID) -> Contact:
    return replace(contact, open={id_: message for id_, message in contact.open.items() if id_ != message_id})


def _refused(contact: Contact, event: AttemptRefused) -> Contact:
    refusals = contact.open[event.message_id].refusals
    if event.channel_is_out:
        refusals = {**refusals, event.channel: Refusal(event.rule, event.detail)}
    return _change(contact, event.message_id, standing="waiting", due_at=event.until, refusals=refusals)


def _count(contact: Contact, event: AttemptBegun) -> Contact:
    kept = {id_: sent for id_, sent in contact.sends.items() if sent > event.at - WINDOW_MAX}
    return replace(contact, sends={**kept, event.message_id: event.at})


def _uncount(contact: Contact, message_id: UUID) -> Contact:
    if message_id not in contact.sends:
        return contact
    return replace(contact, sends={id_: sent for id_, sent in contact.sends.items() if id_ != message_id})


def _unsubscribe(contact: Contact, event: Unsubscribed) -> Contact:
    entry = contact.suppressions.get(event.channel)
    if entry is not None and entry.reach == "everything":
        # What already keeps everything away must not shrink to marketing.
        return contact
    entry = Suppression("marketing", UNSUBSCRIBED, event.at)
    return replace(contact, suppressions={**contact.suppressions, event.channel: entry})
