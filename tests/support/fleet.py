"""An api and a changing number of workers on real Kafka, under load while something goes wrong."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import psutil
from kafka import KafkaAdminClient

from shared.contracts.topics import TOPICS
from shared.database.batch import fetch
from shared.kernel.errors import TransientError
from shared.messaging.lag import outbox_size
from shared.messaging.log_kafka import KafkaLog
from shared.testing.waiting import until
from tests.support.processes import CONTEXT, SERVICES, Processes, _run
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.context import ForkServerProcess

    from sqlalchemy import Engine

    from shared.messaging.kafka_settings import KafkaSettings
    from tests.support.world import Step

REDEMPTIONS = "/loyalty/v1/redemptions"
CAUGHT_UP_S_MAX = 120.0
LEADERS = """
select count(*) from pg_locks l join pg_database d on d.oid = l.database
where l.locktype = 'advisory' and l.granted and d.datname = current_database()
"""
"""Sessions that hold a leadership in this database."""


class Load(threading.Thread):
    """Sends steps one after the other, spread over `lasting_s`. Each must be taken, sooner or later."""

    def __init__(self, fleet: Fleet, steps: Sequence[Step], *, lasting_s: float) -> None:
        super().__init__(name="load", daemon=True)
        self._fleet = fleet
        self._steps = steps
        self._every_s = lasting_s / len(steps)
        self._hurry = threading.Event()
        self._failed: BaseException | None = None
        self.sent = 0
        self.longest_s = 0.0
        """The longest that a step had to wait for its answer."""

    def run(self) -> None:
        try:
            for step in self._steps:
                began = time.monotonic()
                answer = self._fleet.send(step)
                assert answer.is_success, (step.path, answer.text)
                self.sent += 1
                self.longest_s = max(self.longest_s, time.monotonic() - began)
                self._hurry.wait(self._every_s)
        except BaseException as error:  # noqa: BLE001 - raised in the test's own thread
            self._failed = error

    def more(self, steps: int) -> None:
        """Waits until so many more steps were taken."""
        wanted = self.sent + steps
        assert wanted <= len(self._steps), "the load is over before the fault"
        until(lambda: self.sent >= wanted or self._failed, timeout_s=90, what=f"{steps} more steps")
        self._raise()

    def finish(self) -> None:
        """Sends the rest at once."""
        self._hurry.set()
        self.join()
        self._raise()

    def _raise(self) -> None:
        if self._failed is not None:
            raise self._failed


@dataclass
class Fleet(Processes):
    """`Processes` on Kafka, whose one worker stays; more of them come and go by name, and none of those is revived."""

    log: KafkaLog = field(init=False)
    _guests: dict[str, ForkServerProcess] = field(default_factory=dict)
    _engines: dict[str, Engine] = field(default_factory=dict)

    def __enter__(self) -> Self:
        assert self.kafka is not None
        self._topics: KafkaSettings = self.kafka
        self.log = KafkaLog(self.kafka)
        self._admin = KafkaAdminClient(bootstrap_servers=self.kafka.bootstrap_servers)
        super().__enter__()
        # Whoever comes later leads no relay: it can be frozen, and records go on to the log.
        until(self._relays_lead, timeout_s=60, what="the first worker to lead every relay")
        return self

    def __exit__(self, *error: object) -> None:
        for name in list(self._guests):
            self.dismiss(name, signal.SIGKILL)
        super().__exit__(*error)
        self.log.close()
        self._admin.close()

    def hire(self, name: str, planned: str = "") -> psutil.Process:
        """Starts one more worker; `planned` are its failpoints."""
        process = CONTEXT.Process(
            target=_run,
            args=("worker", self.environment, planned, str(self.folder)),
            kwargs={"index": 0, "count": 1},
        )
        process.start()
        self._guests[name] = process
        return psutil.Process(process.pid)

    def dismiss(self, name: str, number: signal.Signals) -> None:
        """Ends a worker by a signal; returns when it is gone."""
        process = self._guests.pop(name)
        assert process.pid is not None
        os.kill(process.pid, number)
        process.join(30)
        if process.is_alive():
            process.kill()
            process.join()

    def load(self, steps: Sequence[Step], *, lasting_s: float) -> Load:
        """Begins to send `steps`."""
        load = Load(self, steps, lasting_s=lasting_s)
        load.start()
        return load

    def members_of(self, consumer: str) -> int:
        """How many workers share a consumer's partitions, as Kafka sees it."""
        group = self._topics.physical(consumer)
        return len(self._admin.describe_groups([group])[group]["members"])

    def waiting(self) -> int:
        """Rows in the outboxes."""
        return sum(outbox_size(self._engine(service)) for service in SERVICES)

    def caught_up_s(self, since: float) -> float:
        """Waits until everything that is on its way now was handled; the seconds since `since`."""
        newest = {s: self._ask(s, "select coalesce(max(id), 0) from outbox")[0][0] for s in SERVICES}
        until(
            lambda: all(self._published(service, id_) for service, id_ in newest.items()),
            timeout_s=CAUGHT_UP_S_MAX,
            what="the outboxes",
        )
        ends = until(self._ends, timeout_s=CAUGHT_UP_S_MAX, what="Kafka to answer")
        until(
            lambda: all(at >= ends[topic][number] for topic, number, at in self._places()),
            timeout_s=CAUGHT_UP_S_MAX,
            what="the consumers",
        )
        return time.monotonic() - since

    def _published(self, service: str, newest: int) -> bool:
        return not self._ask(service, f"select 1 from outbox where id <= {newest} limit 1")

    def _ends(self) -> dict[str, dict[int, int]] | None:
        # Of every topic: a consumer that has not found anything yet can get its first place at any time.
        try:
            return {topic: {n: held.end for n, held in self.log.bounds(topic).items()} for topic in TOPICS}
        except TransientError:
            return None

    def _places(self) -> list[tuple[str, int, int]]:
        return [
            row for s in SERVICES for row in self._ask(s, "select topic, partition, next_offset from consumer_offsets")
        ]

    def _relays_lead(self) -> bool:
        led = self._ask("stores", LEADERS)
        return led[0][0] >= len(SERVICES)

    def _engine(self, service: str) -> Engine:
        if service not in self._engines:
            self._engines[service] = self.database.engine(service)
        return self._engines[service]

    def _ask(self, service: str, question: str) -> list[Any]:
        with self._engine(service).begin() as connection:
            return fetch(connection, question)


def steps_of(world: World) -> tuple[list[Step], list[Step]]:
    """What tills and the back office send, which never has to wait, and what members want, whose points must have come.

    Their order does not change how a world ends.
    """
    redemptions = [step for step in world.steps if step.path.startswith(REDEMPTIONS)]
    return [step for step in world.steps if not step.path.startswith(REDEMPTIONS)], redemptions
