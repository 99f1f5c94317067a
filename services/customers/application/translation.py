"""Domain events to integration events: everything about a customer is told, keyed by the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never
from uuid import UUID

from services.customers.domain.customer import events
from shared.contracts import customers as contracts
from shared.messaging.outbox import Published

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def translate(
    connection: Connection,  # noqa: ARG001 - Translate's shape
    batch: Sequence[Recorded[events.CustomerEvent]],
) -> Iterable[Published]:
    """One integration event for each domain event."""
    for record in batch:
        yield Published(of=record, key=record.stream.id, event=_told(record))


def _told(record: Recorded[events.CustomerEvent]) -> contracts.CustomerFact:  # noqa: PLR0911 - one per event
    who, when, event = UUID(record.stream.id), record.occurred_at, record.event
    match event:
        case events.CustomerRegistered(home_store=home_store):
            return contracts.CustomerRegistered(customer_id=who, occurred_at=when, home_store=home_store)
        case events.IdentifierLinked(kind=kind, token=token):
            return contracts.IdentifierLinked(customer_id=who, occurred_at=when, kind=kind, token=token)
        case events.ConsentGiven(purpose=purpose, channel=channel, text_version=text_version):
            return contracts.ConsentGiven(
                customer_id=who,
                occurred_at=when,
                purpose=purpose,
                channel=channel,
                text_version=text_version,
            )
        case events.ConsentWithdrawn(purpose=purpose, channel=channel):
            return contracts.ConsentWithdrawn(customer_id=who, occurred_at=when, purpose=purpose, channel=channel)
        case events.MemberOpened(store_id=store_id, until=until):
            return contracts.MemberOpened(customer_id=who, occurred_at=when, store_id=store_id, until=until)
        case events.ComplaintOpened(complaint_id=complaint_id, category=category, store_id=store_id):
            return contracts.ComplaintOpened(
                customer_id=who,
                occurred_at=when,
                complaint_id=complaint_id,
                category=category,
                store_id=store_id,
            )
        case events.ComplaintClosed(complaint_id=complaint_id):
            return contracts.ComplaintClosed(customer_id=who, occurred_at=when, complaint_id=complaint_id)
        case events.CustomerErased(tokens=tokens):
            return contracts.CustomerErased(customer_id=who, occurred_at=when, tokens=tokens)
        case _:
            assert_never(event)
