"""Folds a batch into one row per complaint and merges them; an erasure removes its customer's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from services.customers.domain.customer.events import ComplaintClosed, ComplaintOpened, CustomerErased
from services.customers.read_models.complaints.table import COMPLAINTS
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


@dataclass(slots=True)
class _Change:
    """What a batch says about one complaint; None where it says nothing."""

    category: str | None = None
    store_id: str | None = None
    opened_at: datetime | None = None
    outcome: str | None = None
    closed_at: datetime | None = None


def project(
    connection: Connection,
    table: str,
    batch: Sequence[Recorded[ComplaintOpened | ComplaintClosed | CustomerErased]],
) -> None:
    """Merges `batch`. An opening and a closing are each told once, so that repeating them changes nothing."""
    changes: dict[tuple[UUID, UUID], _Change] = {}
    erased: list[UUID] = []
    for record in batch:
        customer_id = UUID(record.stream.id)
        match record.event:
            case ComplaintOpened(complaint_id=complaint_id, category=category, store_id=store_id):
                change = changes.setdefault((customer_id, complaint_id), _Change())
                change.category, change.store_id, change.opened_at = category, store_id, record.occurred_at
            case ComplaintClosed(complaint_id=complaint_id, outcome=outcome):
                change = changes.setdefault((customer_id, complaint_id), _Change())
                change.outcome, change.closed_at = outcome, record.occurred_at
            case CustomerErased():
                erased.append(customer_id)
    if changes:
        _merge(connection, table, changes)
    if erased:
        run(connection, f"delete from {table} where customer_id = any(%(ids)b::uuid[])", {"ids": erased})


def _merge(connection: Connection, table: str, changes: Mapping[tuple[UUID, UUID], _Change]) -> None:
    run(
        connection,
        f"""
        merge into {table} as t
        using unnest(%(customers)b::uuid[], %(complaints)b::uuid[], %(categories)b::text[], %(stores)b::text[],
                     %(opened)b::timestamptz[], %(outcomes)b::text[], %(closed)b::timestamptz[])
          as c(customer_id, complaint_id, category, store_id, opened_at, outcome, closed_at)
        on t.customer_id = c.customer_id and t.complaint_id = c.complaint_id
        when matched then
          update set outcome = coalesce(c.outcome, t.outcome), closed_at = coalesce(c.closed_at, t.closed_at)
        -- In a batch that is seen again after an erasure, nobody comes back.
        when not matched and c.opened_at is not null
                         and not exists (select from erased_members e where e.customer_id = c.customer_id) then
          insert (customer_id, complaint_id, category, store_id, opened_at, outcome, closed_at)
          values (c.customer_id, c.complaint_id, c.category, c.store_id, c.opened_at, c.outcome, c.closed_at)
        """,
        {
            "customers": [customer_id for customer_id, _ in changes],
            "complaints": [complaint_id for _, complaint_id in changes],
            "categories": [change.category for change in changes.values()],
            "stores": [change.store_id for change in changes.values()],
            "opened": [change.opened_at for change in changes.values()],
            "outcomes": [change.outcome for change in changes.values()],
            "closed": [change.closed_at for change in changes.values()],
        },
    )


PROJECTION = Projection(
    COMPLAINTS,
    frozenset({ComplaintOpened.type, ComplaintClosed.type, CustomerErased.type}),
    project,
)
