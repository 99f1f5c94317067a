"""One parked record as an operator looks into it: what it is, why it waits, and what waits with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from shared.contracts.envelope import EnvelopeError, read_attributes
from shared.database.batch import fetch
from shared.messaging.parking import ERASED

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from shared.contracts.envelope import Attributes


@dataclass(frozen=True, slots=True)
class ParkedDetails:
    """A parked record. `before` and `behind` are the others of its key: it is redriven with them, in order."""

    id: int
    topic: str
    partition: int | None
    offset: int | None
    reason: str
    detail: str
    parked_at: datetime
    headers: bytes
    body: bytes | None
    before: int
    behind: int

    @property
    def attributes(self) -> Attributes | None:
        """Its CloudEvents attributes, if the headers can be read."""
        try:
            return read_attributes(self.headers)
        except (EnvelopeError, orjson.JSONDecodeError, TypeError, AttributeError):
            return None


def parked_details(connection: Connection, consumer: str, parked_id: int) -> ParkedDetails | None:
    """A record that a consumer parked."""
    return _one(
        connection,
        """
        select p.id, p.topic, p.partition, p."offset", p.reason, p.detail, p.parked_at, p.headers, p.body,
          count(o.id) filter (where (o.topic, o.partition, o."offset") < (p.topic, p.partition, p."offset")),
          count(o.id) filter (where (o.topic, o.partition, o."offset") > (p.topic, p.partition, p."offset"))
        from parked p left join parked o
          on o.consumer = p.consumer and o.key = p.key and o.reason <> %(erased)s
        where p.consumer = %(consumer)s and p.id = %(id)s group by p.id
        """,
        {"consumer": consumer, "id": parked_id, "erased": ERASED},
    )


def parked_row_details(connection: Connection, parked_id: int) -> ParkedDetails | None:
    """An outbox row that the log refused, or one that waits behind it: it has no place in the log yet."""
    return _one(
        connection,
        """
        select p.id, p.topic, null::int, null::bigint, p.reason, '', p.parked_at, p.headers, p.body,
          count(o.id) filter (where o.id < p.id), count(o.id) filter (where o.id > p.id)
        from outbox_parked p left join outbox_parked o on o.topic = p.topic and o.key = p.key
        where p.id = %(id)s group by p.id
        """,
        {"id": parked_id},
    )


def _one(connection: Connection, statement: str, parameters: dict[str, object]) -> ParkedDetails | None:
    rows = fetch(connection, statement, parameters, binary=True)
    return ParkedDetails(*rows[0]) if rows else None
