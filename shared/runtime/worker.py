"""The background side of a process: those of consumers, relays and jobs that are its roles, one thread each.

A thread that fails for a reason that nobody foresaw ends the process: whoever started it starts another,
which goes on at the database's offsets.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import structlog

from shared.messaging.batches import BatchReader
from shared.messaging.log import Member
from shared.messaging.relay import Relay
from shared.observability import metrics
from shared.runtime.anchoring import anchor_job
from shared.runtime.checks import Advancing, relaying, watch_services
from shared.runtime.health import Health
from shared.runtime.invariants import Invariants
from shared.runtime.roles import BACKGROUND, Role
from shared.runtime.scheduler import run_job
from shared.runtime.trimming import trim_job

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from shared.kernel.clock import BusinessClock
    from shared.messaging.log import EventLog
    from shared.runtime.service import Service

log = structlog.get_logger(__name__)

JOIN_S_MAX = 30.0


class Worker:
    """Runs its share of `services`: `member` says which partitions, relays and jobs are its own.

    `roles` says what of it runs here; what is no background role does not count. `health` is the process's own.
    """

    def __init__(
        self,
        services: Sequence[Service],
        event_log: EventLog,
        *,
        clock: BusinessClock,
        time_zone: str,
        member: Member | None = None,
        roles: Collection[Role] = BACKGROUND,
        health: Health | None = None,
    ) -> None:
        self.stop = threading.Event()
        self.failed = threading.Event()
        self.abandoned = False
        """Whether `join` left a thread behind that did not end."""
        member, self._health = member or Member(), health or Health()
        watch_services(self._health, services)
        self._threads: list[threading.Thread] = []
        for n, service in enumerate(services):
            for consumer in service.consumers if Role.CONSUMERS in roles else ():
                metrics.CONSUMER_STOPPED.labels(consumer.name).set(0)
                for lane, share in enumerate(member.lanes(consumer.lanes)):
                    name = f"{consumer.name}.{lane}" if lane else consumer.name
                    reader = BatchReader(service.engine, consumer, event_log)
                    self._add(name, partial(event_log.feed, reader, share, self.stop))
                    advancing = Advancing(consumer.name, reader.progress, service.engine, event_log)
                    self._health.add(name, advancing)
            # One relay per service; spread over the members, since one process would be the bottleneck.
            if Role.RELAY in roles and member.owns(n):
                relay = Relay(service.name, service.engine, event_log)
                self._add(f"{service.name}.relay", partial(relay.run, self.stop))
                self._health.add(f"{service.name}.relay", partial(relaying, relay.progress))
            if Role.SCHEDULER in roles and member.index == 0:
                kept = (trim_job(service.name, service.engine), anchor_job(service.name, service.engine))
                for job in (*service.jobs, *kept, Invariants(service).job()):
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
        self._health.stop()
        end = time.monotonic() + JOIN_S_MAX
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                # Harmless: its transaction is rolled back with its connection, and whoever comes next does it again.
                log.warning("thread_abandoned", thread=thread.name, after_s=JOIN_S_MAX)
                self.abandoned = True
