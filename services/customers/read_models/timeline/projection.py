"""The service's own facts, in the transaction in which they are decided; an erasure removes everybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from services.customers.domain.customer import events
from services.customers.read_models.timeline.facts import Fact, add_facts, remove_facts
from services.customers.read_models.timeline.table import TIMELINE_HEARD, TIMELINE_OWN
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[events.CustomerEvent]]) -> None:
    """Adds a row per fact, and forgets the erased, also what other services told about them.

    Whoever hears of the erased later knows them by `erased_members`, which is projected before this.
    """
    add_facts(connection, table, [fact for record in batch if (fact := _fact(record)) is not None])
    erased = [UUID(record.stream.id) for record in batch if isinstance(record.event, events.CustomerErased)]
    if erased:
        for facts in (table, TIMELINE_HEARD.name):
            remove_facts(connection, facts, erased)


def _fact(record: Recorded[events.CustomerEvent]) -> Fact | None:  # noqa: PLR0911 - one per event
    fact = Fact(UUID(record.stream.id), record.occurred_at, record.event_id, record.event.type)
    match record.event:
        case events.CustomerRegistered(home_store=home_store):
            return fact._replace(store_id=home_store)
        case events.IdentifierLinked(kind=kind):
            return fact._replace(details={"identifier": kind})
        case events.ConsentGiven(purpose=purpose, channel=channel, text_version=text_version):
            return fact._replace(details={"purpose": purpose, "channel": channel, "text_version": text_version})
        case events.ConsentWithdrawn(purpose=purpose, channel=channel):
            return fact._replace(details={"purpose": purpose, "channel": channel})
        case events.ComplaintOpened(complaint_id=complaint_id, category=category, store_id=store_id):
            return fact._replace(store_id=store_id, about=complaint_id, details={"category": category})
        case events.ComplaintClosed(complaint_id=complaint_id, outcome=outcome):
            return fact._replace(about=complaint_id, details={"outcome": outcome})
        case _:
            return None  # Who may look is no part of a customer's life.


PROJECTION = Projection(
    TIMELINE_OWN,
    frozenset(event.type for event in events.EVENTS if event is not events.MemberOpened),
    project,
)
