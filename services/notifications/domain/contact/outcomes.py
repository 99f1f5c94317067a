"""What became of an attempt. Only the open attempt's first outcome counts, but for one that was unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.notifications.domain.contact.commands import (
    Outcome,
    PutOff,
    Reconcile,
    RecordAccepted,
    RecordRefused,
    RecordUnknown,
)
from services.notifications.domain.contact.errors import MessageNotUnknown
from services.notifications.domain.contact.events import (
    AttemptPutOff,
    AttemptRefused,
    ContactEvent,
    MessageAccepted,
    MessageFailed,
    MessageReconciled,
    MessageSuppressed,
    MessageUnknown,
)
from services.notifications.domain.contact.requesting import about
from services.notifications.domain.contact.state import Contact, Open, Refusal


def accepted(command: RecordAccepted, contact: Contact) -> Sequence[ContactEvent]:
    """Also of an attempt that somebody took for dead meanwhile: its sender knows better."""
    message = _tried(command, contact)
    return [] if message is None else [MessageAccepted(**_said(command, message))]


def refused(command: RecordRefused, contact: Contact) -> Sequence[ContactEvent]:
    """Again by the same channel, else by the next, else it failed, or was suppressed if no provider was ever asked."""
    message = _tried(command, contact)
    if message is None or message.channel is None:
        return []
    said = _said(command, message)
    refusal = AttemptRefused(
        **said,
        detail=command.detail,
        until=command.retry_at or command.now,
        channel_is_out=command.retry_at is None,
        rule=command.rule,
    )
    if command.retry_at is not None:
        return [refusal]
    why = Refusal(command.rule, command.detail)
    after = replace(message, refusals={**message.refusals, message.channel: why})
    return [refusal] if after.left else [refusal, _end(said, after)]


def _end(said: dict[str, Any], message: Open) -> MessageFailed | MessageSuppressed:
    """Every channel is out."""
    failed = [(channel, why) for channel, why in message.refusals.items() if why.rule is None]
    if failed:
        channel, why = failed[-1]
        return MessageFailed(**{**said, "channel": channel}, detail=why.detail)
    first = next(why for channel, why in message.refusals.items())
    kept = {name: value for name, value in said.items() if name not in {"attempt", "channel"}}
    return MessageSuppressed(**kept, rule=first.rule, detail=first.detail)


def unknown(command: RecordUnknown, contact: Contact) -> Sequence[ContactEvent]:
    """From here on only somebody who found out, or the sender itself, can say more."""
    message = _tried(command, contact)
    if message is None or message.standing == "unknown":
        return []
    return [MessageUnknown(**_said(command, message), detail=command.detail)]


def put_off(command: PutOff, contact: Contact) -> Sequence[ContactEvent]:
    """Nobody was asked: it waits as if nothing had been begun."""
    message = _tried(command, contact)
    if message is None:
        return []
    return [AttemptPutOff(**_said(command, message), detail=command.detail, until=command.until)]


def reconcile(command: Reconcile, contact: Contact) -> Sequence[ContactEvent]:
    """Raises `MessageNotUnknown` for a message that is not in doubt."""
    message = contact.open.get(command.message_id)
    if message is None or message.standing != "unknown" or message.channel is None:
        msg = f"message {command.message_id} is not unknown: there is nothing to reconcile; look at it first"
        raise MessageNotUnknown(msg, message_id=str(command.message_id))
    said = {
        "message_id": command.message_id,
        **about(message),
        "attempt": message.attempt,
        "channel": message.channel,
    }
    if command.accepted:
        return [MessageAccepted(**said, reconciled=True)]
    return [MessageReconciled(**said, note=command.note, until=command.now)]


def _tried(command: Outcome, contact: Contact) -> Open | None:
    message = contact.open.get(command.message_id)
    if message is None or message.standing == "waiting" or message.attempt != command.attempt:
        return None
    return message


def _said(command: Outcome, message: Open) -> dict[str, Any]:
    return {
        "message_id": command.message_id,
        **about(message),
        "attempt": message.attempt,
        "channel": message.channel,
    }
