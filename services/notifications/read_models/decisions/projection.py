"""Writes down each decision as it is made; nothing is ever changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from services.notifications.domain.contact.events import AnyMessageEvent, MessageReconciled
from services.notifications.read_models.decisions.table import MESSAGE_DECISIONS
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[AnyMessageEvent]]) -> None:
    """One row per event."""
    events = [record.event for record in batch]
    run(
        connection,
        f"""
        insert into {table} (message_id, version, decision, at, rule, detail, channel, until, attempt, actor)
        select * from unnest(%(ids)b::uuid[], %(versions)b::int[], %(decisions)b::text[], %(times)b::timestamptz[],
                             %(rules)b::text[], %(details)b::text[], %(channels)b::text[], %(untils)b::timestamptz[],
                             %(attempts)b::int[], %(actors)b::text[])
        on conflict do nothing
        """,
        {
            "ids": [event.message_id for event in events],
            "versions": [record.version for record in batch],
            "decisions": [event.type for event in events],
            "times": [record.occurred_at for record in batch],
            "rules": [getattr(event, "rule", None) for event in events],
            "details": [
                event.note if isinstance(event, MessageReconciled) else getattr(event, "detail", None)
                for event in events
            ],
            "channels": [getattr(event, "channel", None) for event in events],
            "untils": [getattr(event, "until", None) for event in events],
            "attempts": [getattr(event, "attempt", None) for event in events],
            "actors": [record.actor for record in batch],
        },
    )


PROJECTION = Projection(MESSAGE_DECISIONS, frozenset(event.type for event in get_args(AnyMessageEvent)), project)
