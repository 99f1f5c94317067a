"""Follows each message from its request to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never, get_args

import orjson

from services.notifications.domain.contact.events import (
    AnyMessageEvent,
    AttemptBegun,
    AttemptPutOff,
    AttemptRefused,
    MessageAccepted,
    MessageDeferred,
    MessageFailed,
    MessagePlanned,
    MessageReconciled,
    MessageSuppressed,
    MessageUnknown,
)
from services.notifications.read_models.messages.table import MESSAGES
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


@dataclass(slots=True)
class _Now:
    """How a message stands after the events of a batch. None of the last three leaves what was."""

    version: int
    standing: str
    changed_at: datetime
    due_at: datetime | None = None
    rule: str | None = None
    detail: str | None = None
    until: datetime | None = None
    channel: str | None = None
    attempt: int | None = None
    sender: UUID | None = None


def project(connection: Connection, table: str, batch: Sequence[Recorded[AnyMessageEvent]]) -> None:
    """First what was planned, then how each message stands after its last event in the batch."""
    planned = [(record, record.event) for record in batch if isinstance(record.event, MessagePlanned)]
    if planned:
        _insert(connection, table, planned)
    changed: dict[UUID, _Now] = {}
    for record in batch:
        before, now = changed.get(record.event.message_id), _after(record)
        if before is not None:
            now.channel, now.attempt = now.channel or before.channel, now.attempt or before.attempt
            now.sender = now.sender or before.sender
        changed[record.event.message_id] = now
    _update(connection, table, changed)


def _after(record: Recorded[AnyMessageEvent]) -> _Now:
    event = record.event
    now = _Now(record.version, "", record.occurred_at)
    match event:
        case MessagePlanned():
            now.standing, now.due_at = "planned", event.send_after
        case MessageDeferred():
            now.standing, now.due_at, now.until = "deferred", event.until, event.until
            now.rule, now.detail = event.rule, event.detail
        case MessageSuppressed():
            now.standing, now.rule, now.detail = "suppressed", event.rule, event.detail
        case AttemptBegun():
            now.standing, now.sender = "attempting", event.sender
            now.channel, now.attempt = event.channel, event.attempt
        case AttemptPutOff() | AttemptRefused():
            now.standing, now.due_at, now.until = "planned", event.until, event.until
            now.detail = event.detail
        case MessageReconciled():
            now.standing, now.due_at, now.until = "planned", event.until, event.until
        case MessageAccepted():
            now.standing, now.channel = "sent", event.channel
        case MessageFailed():
            now.standing, now.channel, now.detail = "failed", event.channel, event.detail
        case MessageUnknown():
            now.standing, now.channel, now.detail = "unknown", event.channel, event.detail
        case _:
            assert_never(event)
    return now


def _insert(
    connection: Connection,
    table: str,
    planned: Sequence[tuple[Recorded[AnyMessageEvent], MessagePlanned]],
) -> None:
    run(
        connection,
        f"""
        insert into {table} (message_id, customer_id, version, purpose, template, channels, "values", campaign_id,
          experiment, partner, send_after, expires_at, standing, due_at, attempt, planned_at, changed_at)
        select message_id, customer_id::uuid, 0, purpose, template, string_to_array(channels, ','), "values"::json,
          campaign_id, experiment, partner, send_after, expires_at, 'planned', send_after, 0, planned_at, planned_at
        from unnest(%(ids)b::uuid[], %(customers)b::text[], %(purposes)b::text[], %(templates)b::text[],
                    %(channels)b::text[], %(values)b::text[], %(campaigns)b::uuid[], %(experiments)b::text[],
                    %(partners)b::text[], %(afters)b::timestamptz[], %(expiries)b::timestamptz[],
                    %(times)b::timestamptz[])
          as e(message_id, customer_id, purpose, template, channels, "values", campaign_id, experiment, partner,
               send_after, expires_at, planned_at)
        on conflict do nothing
        """,
        {
            "ids": [event.message_id for _, event in planned],
            "customers": [record.stream.id for record, _ in planned],
            "purposes": [event.purpose for _, event in planned],
            "templates": [event.template for _, event in planned],
            "channels": [",".join(event.channels) for _, event in planned],
            "values": [orjson.dumps(event.values).decode() for _, event in planned],
            "campaigns": [event.campaign_id for _, event in planned],
            "experiments": [event.experiment for _, event in planned],
            "partners": [event.partner for _, event in planned],
            "afters": [event.send_after for _, event in planned],
            "expiries": [event.expires_at for _, event in planned],
            "times": [record.occurred_at for record, _ in planned],
        },
    )


def _update(connection: Connection, table: str, changed: dict[UUID, _Now]) -> None:
    now = list(changed.values())
    run(
        connection,
        f"""
        update {table} m set version = e.version, standing = e.standing, changed_at = e.changed_at, due_at = e.due_at,
          rule = e.rule, detail = e.detail, until = e.until, channel = coalesce(e.channel, m.channel),
          attempt = coalesce(e.attempt, m.attempt), sender = coalesce(e.sender, m.sender)
        from unnest(%(ids)b::uuid[], %(versions)b::int[], %(standings)b::text[], %(times)b::timestamptz[],
                    %(dues)b::timestamptz[], %(rules)b::text[], %(details)b::text[], %(untils)b::timestamptz[],
                    %(channels)b::text[], %(attempts)b::int[], %(senders)b::uuid[])
          as e(message_id, version, standing, changed_at, due_at, rule, detail, until, channel, attempt, sender)
        where m.message_id = e.message_id and m.version < e.version
        """,
        {
            "ids": list(changed),
            "versions": [after.version for after in now],
            "standings": [after.standing for after in now],
            "times": [after.changed_at for after in now],
            "dues": [after.due_at for after in now],
            "rules": [after.rule for after in now],
            "details": [after.detail for after in now],
            "untils": [after.until for after in now],
            "channels": [after.channel for after in now],
            "attempts": [after.attempt for after in now],
            "senders": [after.sender for after in now],
        },
    )


PROJECTION = Projection(MESSAGES, frozenset(event.type for event in get_args(AnyMessageEvent)), project)
