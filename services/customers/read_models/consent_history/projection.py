"""Adds each consent event as it is; a row that is there already is the same row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.customers.domain.customer.events import ConsentGiven, ConsentWithdrawn
from services.customers.read_models.consent_history.table import CONSENT_HISTORY
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[ConsentGiven | ConsentWithdrawn]]) -> None:
    """Adds one row per event."""
    run(
        connection,
        f"""
        insert into {table} (customer_id, version, purpose, channel, given, text_version, occurred_at)
        select * from unnest(%(ids)b::uuid[], %(versions)b::int[], %(purposes)b::text[], %(channels)b::text[],
                             %(given)b::boolean[], %(texts)b::text[], %(times)b::timestamptz[])
        on conflict do nothing
        """,
        {
            "ids": [record.stream.id for record in batch],
            "versions": [record.version for record in batch],
            "purposes": [record.event.purpose for record in batch],
            "channels": [record.event.channel for record in batch],
            "given": [isinstance(record.event, ConsentGiven) for record in batch],
            "texts": [_text_version(record.event) for record in batch],
            "times": [record.occurred_at for record in batch],
        },
    )


def _text_version(event: ConsentGiven | ConsentWithdrawn) -> str | None:
    return event.text_version if isinstance(event, ConsentGiven) else None


PROJECTION = Projection(CONSENT_HISTORY, frozenset({ConsentGiven.type, ConsentWithdrawn.type}), project)
