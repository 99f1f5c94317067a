"""The readiness checks of what a process runs: databases, migrations, consumers, relays."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import text

from shared.database.engine import looking
from shared.database.revision import missing_migrations
from shared.messaging.lag import backlogs, log_bounds
from shared.messaging.offsets import list_offsets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Engine

    from shared.messaging.log import EventLog
    from shared.messaging.progress import Progress
    from shared.runtime.health import Health
    from shared.runtime.service import Service

STEP_AGE_S_MAX = 60.0


def watch_services(health: Health, services: Iterable[Service]) -> None:
    """Each service's database answers and is migrated."""
    for service in services:
        health.add(f"{service.name}.database", partial(_database, service))


def _database(service: Service) -> str | None:
    with looking(service.engine) as connection:
        if service.migrations is not None:
            return missing_migrations(connection, service.migrations)
        connection.execute(text("select 1"))
        return None


class Advancing:
    """A consumer has its share of the partitions and handles what comes in, or nothing is there to handle."""

    def __init__(self, consumer: str, progress: Progress, engine: Engine, event_log: EventLog) -> None:
        self._consumer = consumer
        self._progress = progress
        self._engine = engine
        self._log = event_log
        self._waiting_since: float | None = None

    def __call__(self) -> str | None:
        progress, now = self._progress, time.monotonic()
        if progress.stopped is not None:
            return f"waits for an operator ({progress.stopped}); its log line consumer_stopped says what to do"
        if progress.partitions is None:
            return "has no partitions yet"
        if progress.idle_s < STEP_AGE_S_MAX or not self._waiting():
            self._waiting_since = None
            return None
        # A record may have come this instant after an hour of nothing: only one that waits and waits is a fault.
        if self._waiting_since is None or self._waiting_since < progress.stepped_at:
            self._waiting_since = now
        if now - self._waiting_since < STEP_AGE_S_MAX:
            return None
        return f"records wait and none was handled for {progress.idle_s:.0f} s"

    def _waiting(self) -> bool:
        own = self._progress.partitions or ()
        bounds = log_bounds(self._log, (partition.topic for partition in own))
        with looking(self._engine) as connection:
            found = backlogs(list_offsets(connection), self._consumer, bounds, bounds)
        return any(backlog.records for backlog in found if backlog.partition in own)


def relaying(progress: Progress) -> str | None:
    """A relay leads, or asks for the lead; not so while its database or the log is away."""
    if progress.idle_s < STEP_AGE_S_MAX:
        return None
    return f"did not finish a look at its outbox for {progress.idle_s:.0f} s; see its log lines relay_waits"
