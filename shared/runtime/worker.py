"""The background side of a process: consumers, relays and jobs, one thread each.

A thread that fails for a reason that nobody foresaw ends the process: whoever started it starts another,
which goes on at the database's offsets.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import structlog

from shared.messaging.batches import BatchReader
from shared.messaging.log import Member
from shared.messaging.relay import Relay
from shared.runtime.scheduler import run_job
from shared.runtime.trimming import trim_job

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.kernel.clock import BusinessClock
    from shared.messaging.log import EventLog
    from shared.runtime.service import Service

log = structlog.get_logger(__name__)

JOIN_S_MAX = 30.0


class Worker:
    """Runs its share of `services`: `member` says which partitions, relays and jobs are its own."""

    def __init__(
        self,
        services: Sequence[Service],
        event_log: EventLog,
        *,
        clock: BusinessClock,
        time_zone: str,
        member: Member | None = None,
    ) -> None:
        self.stop = threading.Event()
        self.failed = threading.Event()
        member = member or Member()
        self._threads: list[threading.Thread] = []
        for n, service in enumerate(services):
            for consumer in service.consumers:
                reader = BatchReader(service.engine, consumer, event_log)
                self._add(consumer.name, partial(event_log.feed, reader, member, self.stop))
            # One relay per service; spread over the members, since one process would be the bottleneck.
            if member.owns(n):
                relay = Relay(service.name, service.engine, event_log)
                self._add(f"{service.name}.relay", partial(relay.run, self.stop))
            if member.index == 0:
                for job in (*service.jobs, trim_job(service.name, service.engine)):
                    self._add(job.name, partial(run_job, job, service.engine, clock, time_zone, self.stop))

    def _add(self, name: str, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except Exception:
                log.exception("thread_failed", thread=name)
                self.failed.set()
                self.stop.set()

        self._threads.append(threading.Thread(target=guarded, name=name, daemon=True))

    def start(self) -> None:
        """Starts every thread and returns."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Waits for `stop`, then for each thread to finish what it has in hand."""
        self.stop.wait()
        for thread in self._threads:
            thread.join(JOIN_S_MAX)
