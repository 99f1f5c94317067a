"""The contact's events as the other services hear them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.notifications.domain.contact.events import (
    MessageAccepted,
    MessageDeferred,
    MessageFailed,
    MessagePlanned,
    MessageSuppressed,
    MessageUnknown,
    Unsubscribed,
)
from shared.contracts import notifications as told
from shared.kernel.ids import read_id
from shared.messaging.outbox import Published

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from shared.contracts.base import IntegrationEvent
    from shared.eventstore.store import Recorded


def translate(connection: Connection, batch: Sequence[Recorded[Any]]) -> Iterable[Published]:  # noqa: ARG001 - all there is to tell is in the events
    """One integration event for each step of a message that others care about, keyed by the customer."""
    for record in batch:
        fact = _told(record)
        if fact is not None:
            yield Published(of=record, key=record.stream.id, event=fact)


def _told(record: Recorded[Any]) -> IntegrationEvent | None:
    event = record.event
    kind: type[told.MessageFact]
    more: dict[str, Any] = {}
    match event:
        case MessagePlanned():
            kind = told.MessagePlanned
        case MessageDeferred():
            kind, more = told.MessageDeferred, {"rule": event.rule, "detail": event.detail, "until": event.until}
        case MessageSuppressed():
            kind, more = told.MessageSuppressed, {"rule": event.rule, "detail": event.detail}
        case MessageAccepted():
            kind, more = told.MessageSent, {"channel": event.channel}
        case MessageFailed():
            kind, more = told.MessageFailed, {"channel": event.channel, "detail": event.detail}
        case MessageUnknown():
            kind, more = told.MessageUnknown, {"channel": event.channel, "detail": event.detail}
        case Unsubscribed():
            return told.Unsubscribed(
                customer_id=read_id(record.stream.id),
                channel=event.channel,
                message_id=event.message_id,
                occurred_at=record.occurred_at,
            )
        case _:
            return None
    return kind(
        message_id=event.message_id,
        customer_id=read_id(record.stream.id),
        purpose=event.purpose,
        template=event.template,
        campaign_id=event.campaign_id,
        occurred_at=record.occurred_at,
        **more,
    )
