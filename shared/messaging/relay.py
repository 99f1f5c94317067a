"""The relay: from a service's outbox to the event log, one leader per service.

Takes rows in id order, publishes them, waits for every acknowledgement, then deletes them. A crash in
between publishes them again; the inbox of each consumer drops the copies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from shared.contracts.envelope import Outgoing, read_traceparent
from shared.database.batch import fetch, run
from shared.database.engine import is_transient
from shared.database.session_lock import session_lock
from shared.kernel.errors import TransientError
from shared.kernel.failpoints import failpoint
from shared.kernel.pace import Pace
from shared.messaging.progress import Progress
from shared.observability import metrics, tracing

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from shared.messaging.log import EventLog

log = structlog.get_logger(__name__)

BATCH_SIZE_MAX = 1_000
FOLLOWS_S = 1.0
"""How often those who do not lead ask whether they may."""


class Relay:
    """Publishes one service's outbox while it holds the service's leadership."""

    def __init__(self, service: str, engine: Engine, event_log: EventLog) -> None:
        self._service = service
        self._engine = engine
        self._log = event_log
        self.progress = Progress()

    def run(self, stop: threading.Event) -> None:
        """Runs until `stop` is set: waits for leadership, relays, backs off while the log or database is away."""
        pace = Pace(BATCH_SIZE_MAX)
        metrics.RELAY_LEADING.labels(self._service).set(0)
        while not stop.is_set():
            try:
                with session_lock(self._engine, ".relay") as leadership:
                    if leadership is not None:
                        metrics.RELAY_LEADING.labels(self._service).set(1)
                        try:
                            self._relay(leadership, pace, stop)
                        finally:
                            metrics.RELAY_LEADING.labels(self._service).set(0)
                        return
                self.progress.step()
                stop.wait(FOLLOWS_S)
            except Exception as error:
                if not (isinstance(error, TransientError) or is_transient(error)):
                    raise
                log.warning("relay_waits", service=self._service, error=type(error.__cause__ or error).__name__)
                stop.wait(pace.back_off())

    def _relay(self, leadership: Connection, pace: Pace, stop: threading.Event) -> None:
        while not stop.is_set():
            pace.begin()
            taken = self.step(leadership)
            self.progress.step()
            stop.wait(pace.rest_after(taken))

    def step(self, connection: Connection) -> int:
        """Publishes one batch and deletes it from the outbox; how many rows it took."""
        rows = fetch(
            connection,
            # One look at both tables: a row that comes back from parking in between would be overtaken.
            """
            select id, topic, key, event_id, headers, body,
              exists (select from outbox_parked p where p.topic = o.topic and p.key = o.key)
            from outbox o order by id limit %(limit)s
            """,
            {"limit": BATCH_SIZE_MAX},
            binary=True,
        )
        if not rows:
            connection.rollback()
            return 0
        spans = tracing.publishing(self._service)
        for row in rows:
            if (trace := read_traceparent(row[4])) is not None:
                spans.follow(trace)
        # No transaction stays open while the log is asked: it may take long.
        connection.rollback()
        records = {row[0]: Outgoing(*row[1:-1]) for row in rows}
        waiting = {row[0] for row in rows if row[-1]}
        failpoint("relay.before_publish")
        refusals = self._log.publish([record for id_, record in records.items() if id_ not in waiting])
        failpoint("relay.after_publish")
        reasons = {refusal.event_id: refusal.reason for refusal in refusals}
        reasons |= {records[id_].event_id: "behind a parked row of its key" for id_ in waiting}
        with connection.begin():
            for id_, record in records.items():
                if record.event_id in reasons:
                    self._park(connection, id_, reasons[record.event_id])
            # By id, never "all up to the last": a row with a lower id may have been committed meanwhile.
            run(connection, "delete from outbox where id = any(%(ids)b::bigint[])", {"ids": list(records)})
        spans.end()
        metrics.RELAYED.labels(self._service, "published").inc(len(records) - len(reasons))
        metrics.RELAYED.labels(self._service, "parked").inc(len(reasons))
        return len(rows)

    def _park(self, connection: Connection, id_: int, reason: str) -> None:
        log.error("outbox_row_parked", service=self._service, outbox_id=id_, reason=reason)
        run(
            connection,
            """
            insert into outbox_parked (id, topic, key, event_id, headers, body, reason)
            select id, topic, key, event_id, headers, body, %(reason)s from outbox where id = %(id)s
            """,
            {"id": id_, "reason": reason},
        )


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """An outbox row that the log refused, or one that waits behind it."""

    id: int
    topic: str
    reason: str
    parked_at: datetime


def parked_rows(connection: Connection, *, after: int = 0, limit: int = 100) -> list[ParkedRow]:
    """The oldest rows that the relay parked, with an id over `after`."""
    rows = fetch(
        connection,
        "select id, topic, reason, parked_at from outbox_parked where id > %(after)s order by id limit %(limit)s",
        {"after": after, "limit": limit},
    )
    return [ParkedRow(*row) for row in rows]


def publish_again(connection: Connection, parked_id: int) -> int:
    """Puts a parked row, and all of its key, back into the outbox in their order; how many there were."""
    return run(
        connection,
        """
        with back as (
          delete from outbox_parked where (topic, key) = (
            select topic, key from outbox_parked where id = %(id)s)
          returning id, topic, key, event_id, headers, body)
        insert into outbox (id, topic, key, event_id, headers, body) overriding system value
        select * from back order by id
        """,
        {"id": parked_id},
    )
