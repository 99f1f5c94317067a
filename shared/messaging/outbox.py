"""The outbox: records to publish, in the transaction of the events that they tell of.

A queue, not a cursor: the relay takes rows in id order and deletes what the log acknowledged. A row that
commits late is simply taken later. Within a key, order holds, because version n + 1 is inserted only after
version n is committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.contracts.envelope import wrap
from shared.contracts.topics import RECORD_BYTES_MAX
from shared.database.batch import copy_rows
from shared.kernel.errors import InvariantViolated
from shared.kernel.ids import derived_id
from shared.observability import tracing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.contracts.base import IntegrationEvent
    from shared.eventstore.store import Recorded


@dataclass(frozen=True, slots=True)
class Origin:
    """What an integration event tells of when no event of ours lies behind it: something derived has changed.

    Whoever makes it answers for the id: one per change, never the same for two, or consumers drop the second.
    """

    event_id: UUID
    occurred_at: datetime
    causation_id: UUID
    correlation_id: UUID
    trace: str | None = None


class Published(NamedTuple):
    """An integration event, what it tells of, and the key that orders it in its topic."""

    of: Recorded[Any] | Origin
    key: str
    event: IntegrationEvent


def with_ids(published: Iterable[Published]) -> Iterator[tuple[UUID, Published]]:
    """Each with the id under which it is told: the same whenever the same is told.

    The first event that tells of a domain event carries its id, a second one an id derived from it.
    """
    told: set[UUID] = set()
    for item in published:
        first = item.of.event_id not in told
        told.add(item.of.event_id)
        yield item.of.event_id if first else derived_id(item.of.event_id, item.event.type), item


def add_to_outbox(connection: Connection, service: str, published: Iterable[Published]) -> None:
    """Adds one row per published event.

    Raises `InvariantViolated` when a record is larger than any topic takes: nothing is kept then.
    """
    rows: list[tuple[str, bytes, UUID, bytes, bytes]] = []
    here = tracing.current()
    for event_id, item in with_ids(published):
        record = item.of
        outgoing = wrap(
            item.event,
            key=item.key,
            event_id=event_id,
            source=f"/{service}",
            time=record.occurred_at,
            correlation_id=record.correlation_id,
            causation_id=record.causation_id,
            traceparent=record.trace or here,
        )
        size = len(outgoing.body) + len(outgoing.headers) + len(outgoing.key)
        if size > RECORD_BYTES_MAX:
            msg = f"{item.event.type} {outgoing.event_id} is {size} bytes; a record takes {RECORD_BYTES_MAX}"
            raise InvariantViolated(msg)
        rows.append((outgoing.topic, outgoing.key, outgoing.event_id, outgoing.headers, outgoing.body))
    if rows:
        copy_rows(
            connection,
            "outbox (topic, key, event_id, headers, body)",
            rows,
            types=("text", "bytea", "uuid", "bytea", "bytea"),
        )
