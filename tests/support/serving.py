"""`regulars serve` of every service over a test's database and Kafka, as a chain runs them.

Each service has a process that answers callers and one that does the rest, so that nobody at a till waits for what a
consumer computes.
"""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal, Self

import httpx2
import psutil

from services.children import PARENT
from shared.messaging.lag import lags, outbox_size
from shared.messaging.log_kafka import KafkaLog
from shared.runtime.roles import BACKGROUND, Role
from shared.testing.waiting import until
from tests.support.access import bearer
from tests.support.commands import _main
from tests.support.kafka import variables
from tests.support.processes import CONTEXT, SERVICES, environment_of, free_port
from tests.support.services import every_service

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

    from shared.messaging.kafka_settings import KafkaSettings
    from tests.conftest import Database
    from tests.support.world import Step

READY_S_MAX = 60.0
STOP_S_MAX = 30.0
LOOK_S = 0.2
COUNT_EVERY_S = 2.0
"""Counting what waits is work, and done in the callers' own process."""
CAUGHT_UP = 200
"""Records on their way that are live traffic's own."""
Part = Literal["api", "background"]
PARTS: dict[Part, str] = {"api": Role.API, "background": ",".join(role for role in Role if role in BACKGROUND)}
"""What each of a service's processes does."""
MIB = 1024 * 1024


class Serving:
    """The services; use as a context manager."""

    def __init__(self, database: Database, folder: Path, kafka: KafkaSettings) -> None:
        self._folder = folder
        self._environment = environment_of(database, folder) | variables(kafka)
        self._ports = {(service, part): free_port() for service in SERVICES for part in PARTS}
        self._open = ExitStack()
        self._running: dict[tuple[str, Part], ForkServerProcess] = {}
        self.log = KafkaLog(kafka)
        self._services = self._open.enter_context(every_service(database, folder / "keys"))
        self._open.callback(self.log.close)
        self.client = self._open.enter_context(httpx2.Client(headers=bearer(), timeout=60, trust_env=False))

    def __enter__(self) -> Self:
        try:
            for part in PARTS:
                self.start(part, *SERVICES)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for part in PARTS:
            self.stop(part, *SERVICES)
        self._open.close()

    def start(self, part: Part, *services: str) -> None:
        """Starts that part of `services`; returns when it is ready."""
        wanted = [(service, part) for service in services]
        for name in wanted:
            self._start(*name)
        until(lambda: all(map(self._is_ready, wanted)), timeout_s=READY_S_MAX, what=f"{wanted} to be ready")

    def _start(self, service: str, part: Part) -> None:
        port, name = str(self._ports[service, part]), f"{service}-{part}"
        command = ("serve", service, "--role", PARTS[part], "--port", port, "--instance", name)
        logs = self._folder / name
        logs.mkdir(exist_ok=True)
        process = CONTEXT.Process(target=_serve, args=(command, self._environment, str(logs)))
        process.start()
        self._running[service, part] = process

    def stop(self, part: Part, *services: str) -> None:
        """SIGTERM, and SIGKILL to what does not end."""
        ending = [process for service in services if (process := self._running.pop((service, part), None))]
        for process in ending:
            process.terminate()
        for process in ending:
            process.join(STOP_S_MAX)
            process.kill()
            process.join()

    def url(self, path: str) -> str:
        """Where `/stores/v1/receipts` is."""
        return f"http://127.0.0.1:{self._ports[path.split('/')[1], 'api']}/api{path}"

    def send(self, step: Step) -> None:
        """A request that must succeed."""
        answer = self.client.post(self.url(step.path), json=step.body)
        assert answer.is_success, (step.path, answer.text)

    def pid(self, service: str, part: Part) -> int:
        """Of a process that runs."""
        number = self._running[service, part].pid
        assert number is not None
        return number

    def waiting(self) -> int:
        """Records that are still on their way, in an outbox or in front of a consumer."""
        found = sum(outbox_size(service.engine) for service in self._services)
        return found + sum(place.records for s in self._services for place in lags(s.engine, s.consumers, self.log))

    def catch_up(self, within_s: float) -> None:
        """Waits until hardly more than live traffic is on its way."""
        behind = "everybody to catch up"
        until(lambda: self.waiting() < CAUGHT_UP, timeout_s=within_s, what=behind, look_every_s=COUNT_EVERY_S)

    def settle(self, timeout_s: float = 90) -> None:
        """Waits until nothing is on its way."""
        quiet: list[int] = []

        def still() -> bool:
            assert all(process.is_alive() for process in self._running.values())
            # Twice: what a consumer has just told lies in no outbox before its commit.
            quiet.append(self.waiting())
            return quiet[-2:] == [0, 0]

        until(still, timeout_s=timeout_s, what="every service to catch up")

    def _is_ready(self, name: tuple[str, Part]) -> bool:
        assert self._running[name].is_alive(), f"{name} ended at its start"
        try:
            return self.client.get(f"http://127.0.0.1:{self._ports[name]}/readyz").is_success
        except httpx2.TransportError:
            return False


class Memory(threading.Thread):
    """Watches how much memory processes hold; use as a context manager."""

    def __init__(self, pids: Sequence[int]) -> None:
        super().__init__(name="memory", daemon=True)
        self._processes = [psutil.Process(pid) for pid in pids]
        self._over = threading.Event()
        self.mib: list[list[float]] = [[] for _ in pids]
        """Of each process, from the first look to the last."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(LOOK_S):
            for process, mib in zip(self._processes, self.mib, strict=True):
                mib.append(process.memory_info().rss / MIB)


def _serve(command: tuple[str, ...], environment: dict[str, str], logs: str) -> None:
    # As a demo's child: what a test expects follows from the day, and no other process may have a clock of its own.
    _main(command, environment | {PARENT: str(os.getppid())}, logs)
