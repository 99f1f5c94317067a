"""Closing channels: the suppression list, the link in a message, a clerk's call, and erasure."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.domain.contact.commands import (
    LiftSuppression,
    RecordCall,
    SuppressChannel,
    Unsubscribe,
)
from services.notifications.domain.contact.errors import CallDone
from services.notifications.domain.contact.events import (
    CallRecorded,
    ChannelSuppressed,
    ContactErased,
    ContactEvent,
    SuppressionLifted,
    Unsubscribed,
)
from services.notifications.domain.contact.requesting import about, suppressed_as_erased
from services.notifications.domain.contact.state import UNSUBSCRIBED, Contact
from services.notifications.domain.values import CALL_LIST, Reach


def suppress(command: SuppressChannel, contact: Contact) -> Sequence[ContactEvent]:
    """Once: saying it again changes nothing."""
    held = contact.suppressions.get(command.channel)
    if held is not None and (held.reach, held.reason) == (command.reach, command.reason):
        return []
    return [
        ChannelSuppressed(channel=command.channel, reach=command.reach, reason=command.reason, at=command.now),
    ]


def lift(command: LiftSuppression, contact: Contact) -> Sequence[ContactEvent]:
    """Opens what is closed."""
    return [SuppressionLifted(channel=command.channel)] if command.channel in contact.suppressions else []


def unsubscribe(command: Unsubscribe, contact: Contact) -> Sequence[ContactEvent]:
    """Once: the link works for ever, and a second click changes nothing."""
    held = contact.suppressions.get(command.channel)
    if contact.erased or (held is not None and (held.reach == "everything" or held.reason == UNSUBSCRIBED)):
        return []
    return [Unsubscribed(channel=command.channel, message_id=command.message_id, at=command.now)]


def record_call(command: RecordCall, contact: Contact) -> Sequence[ContactEvent]:
    """Nobody home leaves the task open. A wrong number, or no interest, closes the channel as well."""
    if command.known == command.outcome != "no_answer":
        return []
    if command.known not in {None, "no_answer"}:
        msg = f"the call for message {command.message_id} is done: {command.known}; it cannot become {command.outcome}"
        raise CallDone(msg, message_id=str(command.message_id))
    recorded = CallRecorded(message_id=command.message_id, outcome=command.outcome)
    if command.outcome in {"done", "no_answer"}:
        return [recorded]
    reach: Reach = "everything" if command.outcome == "wrong_number" else "marketing"
    closing = SuppressChannel(channel=CALL_LIST, reach=reach, reason=command.outcome, now=command.now)
    return [recorded, *suppress(closing, contact)]


def erase(contact: Contact) -> Sequence[ContactEvent]:
    """Ends what waits. What is on its way, or unknown, keeps its place: its outcome is still to come."""
    if contact.erased:
        return []
    ended = [
        suppressed_as_erased(message_id=message_id, **about(message))
        for message_id, message in contact.open.items()
        if message.standing == "waiting"
    ]
    return [*ended, ContactErased()]
