"""Gauges that are looked up when somebody scrapes: lag, outbox, parked, pool use.

A scrape waits for a look a moment at most and never fails because of it: what could not be looked up is left out, and
`regulars_up` says so. The truth is in the databases, so every process of a service shows the same; take the maximum.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import structlog

from shared.database.batch import fetch
from shared.database.engine import looking, pool_use
from shared.messaging.lag import backlogs, log_bounds
from shared.messaging.message import TopicPartition
from shared.messaging.offsets import list_offsets
from shared.observability import metrics
from shared.runtime.ages import Ages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.messaging.lag import LogBounds
    from shared.messaging.log import EventLog
    from shared.runtime.health import Health
    from shared.runtime.service import Service

log = structlog.get_logger(__name__)

FRESH_S = 5.0
WAIT_S_MAX = 3.0
OUTBOX_COUNTED_MAX = 100_000
LOG = "log"


class Sampler:
    """Looks at the process itself, the databases of `services` and, where it is given, at the event log."""

    def __init__(self, services: Sequence[Service], event_log: EventLog | None, health: Health) -> None:
        self._services = services
        self._health = health
        self._log = event_log
        self._guard = threading.Lock()
        self._looking: threading.Thread | None = None
        self._looked_at = -FRESH_S
        self._appended: dict[TopicPartition, Ages] = {}
        self._written: dict[str, Ages] = {service.name: Ages() for service in services}

    def refresh(self) -> None:
        """Brings the gauges up to date, unless that was done just now or takes too long: then with the next scrape."""
        with self._guard:
            if self._looking is None and time.monotonic() - self._looked_at >= FRESH_S:
                self._looking = threading.Thread(target=self._look, name="sampler", daemon=True)
                self._looking.start()
            looking_now = self._looking
        if looking_now is not None:
            looking_now.join(WAIT_S_MAX)

    def _look(self) -> None:
        try:
            metrics.READY.set(not any(self._health.look().values()))
            bounds = self._bounds()
            for service in self._services:
                self._look_at(service, bounds)
        finally:
            self._looked_at, self._looking = time.monotonic(), None

    def _bounds(self) -> LogBounds | None:
        """What each topic that is consumed here holds; None while the log does not answer."""
        if self._log is None:
            return None
        try:
            bounds = log_bounds(self._log, (t for s in self._services for c in s.consumers for t in c.topics))
        except Exception as error:  # noqa: BLE001 - whatever it is, the scrape goes on and says so
            self._away(LOG, error)
            return None
        metrics.UP.labels(LOG).set(1)
        now = time.monotonic()
        for topic, partitions in bounds.items():
            for partition, held in partitions.items():
                self._appended.setdefault(TopicPartition(topic, partition), Ages()).reached(held.end, now)
        return bounds

    def _look_at(self, service: Service, bounds: LogBounds | None) -> None:
        in_use, limit = pool_use(service.engine)
        metrics.POOL_IN_USE.labels(service.name).set(in_use)
        metrics.POOL_LIMIT.labels(service.name).set(limit)
        try:
            with looking(service.engine) as connection:
                self._outbox(connection, service.name)
                _parked(connection, service)
                self._lag(connection, service, bounds)
        except Exception as error:  # noqa: BLE001 - whatever it is, the scrape goes on and says so
            self._away(service.name, error)
            self._forget(service)
        else:
            metrics.UP.labels(service.name).set(1)

    def _outbox(self, connection: Connection, service: str) -> None:
        [(oldest, newest, rows)] = fetch(
            connection,
            "select min(id), max(id), count(*) from (select id from outbox order by id limit %(limit)s) o",
            {"limit": OUTBOX_COUNTED_MAX},
        )
        [(refused,)] = fetch(connection, "select count(*) from outbox_parked")
        now, ages = time.monotonic(), self._written[service]
        age = 0.0
        if rows:
            ages.reached(newest + 1, now)
            age = ages.age(oldest, now)
        metrics.OUTBOX_ROWS.labels(service).set(rows)
        metrics.OUTBOX_AGE_SECONDS.labels(service).set(age)
        metrics.PARKED_ROWS.labels(f"{service}.relay").set(refused)

    def _lag(self, connection: Connection, service: Service, bounds: LogBounds | None) -> None:
        if bounds is None:
            _forget_lag(service)
            return
        places, now = list_offsets(connection), time.monotonic()
        for consumer in service.consumers:
            for topic in consumer.topics:
                found = backlogs(places, consumer.name, [topic], bounds)
                ages = (self._appended[b.partition].age(b.begin, now) for b in found if b.records)
                metrics.LAG_RECORDS.labels(consumer.name, topic).set(sum(b.records for b in found))
                metrics.LAG_SECONDS.labels(consumer.name, topic).set(max(ages, default=0.0))

    def _away(self, service: str, error: Exception) -> None:
        metrics.UP.labels(service).set(0)
        log.warning("look_failed", service=service, error=type(error).__name__)

    def _forget(self, service: Service) -> None:
        # What is not known is not shown: an old figure would say that all is well, or that it still is not.
        for gauge in (metrics.OUTBOX_ROWS, metrics.OUTBOX_AGE_SECONDS):
            gauge.remove_by_labels({"service": service.name})
        for name in (f"{service.name}.relay", *(consumer.name for consumer in service.consumers)):
            metrics.PARKED_ROWS.remove_by_labels({"consumer": name})
        _forget_lag(service)


def _parked(connection: Connection, service: Service) -> None:
    rows = dict(fetch(connection, "select consumer, count(*) from parked where reason <> 'erased' group by consumer"))
    for consumer in service.consumers:
        metrics.PARKED_ROWS.labels(consumer.name).set(rows.get(consumer.name, 0))


def _forget_lag(service: Service) -> None:
    for consumer in service.consumers:
        metrics.LAG_RECORDS.remove_by_labels({"consumer": consumer.name})
        metrics.LAG_SECONDS.remove_by_labels({"consumer": consumer.name})
