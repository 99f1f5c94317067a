"""From a request to an attempt: planning a message, and deciding about it when its time has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from services.notifications.domain.contact.commands import DecideMessage, RequestMessage
from services.notifications.domain.contact.events import (
    AttemptBegun,
    ContactEvent,
    MessageDeferred,
    MessageFailed,
    MessagePlanned,
    MessageSuppressed,
)
from services.notifications.domain.contact.state import Contact, Open
from services.notifications.domain.policy.evaluate import evaluate
from services.notifications.domain.policy.facts import Candidate
from services.notifications.domain.policy.verdict import Defer, Send, Suppress


def about(message: Open) -> dict[str, Any]:
    """What every event about `message` says of it."""
    return {"purpose": message.purpose, "template": message.template, "campaign_id": message.campaign_id}


def request(command: RequestMessage, contact: Contact) -> Sequence[ContactEvent]:
    """Plans it once. For an erased member it ends at once, so that whoever asked hears why."""
    if command.known or command.message_id in contact.open:
        return []
    planned = MessagePlanned(
        message_id=command.message_id,
        purpose=command.purpose,
        template=command.template,
        campaign_id=command.campaign_id,
        channels=command.channels,
        values=command.values,
        experiment=command.experiment,
        partner=command.partner,
        send_after=command.send_after,
        expires_at=command.expires_at,
    )
    return [planned, suppressed_as_erased(planned)] if contact.erased else [planned]


def suppressed_as_erased(message: MessagePlanned | None = None, **said: Any) -> MessageSuppressed:  # noqa: ANN401 - fields
    """The end of a message to a member who was erased."""
    if message is not None:
        said = message.model_dump(include={"message_id", "purpose", "template", "campaign_id"})
    return MessageSuppressed(**said, rule="erased", detail="the member was erased")


def decide_message(command: DecideMessage, contact: Contact) -> Sequence[ContactEvent]:
    """What the policy says of a waiting message. The caller holds the contact, so a cap is exact."""
    message = contact.open.get(command.message_id)
    if message is None or message.standing != "waiting" or command.now < message.due_at:
        return []
    verdict = evaluate(
        _candidate(message),
        command.facts,
        command.policy,
        suppressions=contact.suppressions,
        sends=contact.sends.values(),
        now=command.now,
    )
    said = {"message_id": command.message_id, **about(message)}
    match verdict:
        case Send(channel):
            return [
                AttemptBegun(
                    **said,
                    attempt=message.attempt + 1,
                    channel=channel,
                    sender=command.sender,
                    store=command.facts.store,
                    at=command.now,
                ),
            ]
        case Defer(until, rule, detail):
            return [MessageDeferred(**said, rule=rule, detail=detail, until=until)]
        case Suppress(rule, detail):
            refused = [channel for channel, why in message.refusals.items() if why.rule is None]
            if refused and rule in {"consent", "suppression_list", "no_address"}:
                # A provider said no to the one channel that was open: it failed, whatever closes the others.
                last = refused[-1]
                why = message.refusals[last].detail
                return [MessageFailed(**said, attempt=message.attempt, channel=last, detail=why)]
            return [MessageSuppressed(**said, rule=rule, detail=detail)]
        case _:
            assert_never(verdict)


def _candidate(message: Open) -> Candidate:
    return Candidate(
        purpose=message.purpose,
        channels=message.left,
        experiment=message.experiment,
        campaign_id=message.campaign_id,
        expires_at=message.expires_at,
        waited_for=message.waited_for,
    )
