"""Real processes of the embedded system over a test's database, started in a moment and killed at will."""

from __future__ import annotations

import multiprocessing
import os
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

import httpx2

from shared.database.migrate import application_role
from shared.kernel import failpoints
from shared.messaging.lag import lags, outbox_size
from shared.testing.waiting import until
from tests.support.access import bearer, issuer
from tests.support.kafka import variables

if TYPE_CHECKING:
    from datetime import datetime
    from multiprocessing.context import ForkServerProcess

    from shared.messaging.kafka_settings import KafkaSettings
    from tests.conftest import Database
    from tests.support.world import Step

SERVICES = ("stores", "customers", "loyalty", "segmentation", "campaigns", "notifications", "console")
RETRY_S_MAX = 60.0
RECEIPTS = "/stores/v1/receipts"

# The server imports once what processes load as they need it; one that is forked from it starts in milliseconds.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "services.processes",
        "shared.messaging.kafka_settings",
        "shared.messaging.log_kafka",
        *(f"services.{service}.{part}" for service in SERVICES for part in ("bootstrap", "settings")),
    ]
)


def _run(role: str, environment: dict[str, str], planned: str, folder: str, **options: Any) -> None:
    os.environ.update(environment)
    failpoints.plan(planned)
    output = os.open(f"{folder}/{role}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    from services import processes  # noqa: PLC0415 - in the child only

    getattr(processes, role)(**options)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment_of(database: Database, folder: Path) -> dict[str, str]:
    """The settings of every process over `database`, with keys in `folder`."""
    environment = {
        "REGULARS_LOG_DATABASE_URL": database.url(application_role("log")),
        "REGULARS_ACCESS_BUILT_IN_DIR": str(issuer().folder),
    }
    for service in SERVICES:
        prefix = f"REGULARS_{service.upper()}_"
        environment |= {
            f"{prefix}DATABASE_URL": database.url(application_role(service)),
            f"{prefix}DATABASE_SCHEMA": service,
            f"{prefix}KEYS_DIR": str(folder / "keys"),
            f"{prefix}BUSINESS_TIME": "2026-03-20T12:00:00+08:00",
        }
    return environment


def business_time(now: datetime) -> dict[str, str]:
    """The settings by which it is `now` for every service."""
    return {f"REGULARS_{service.upper()}_BUSINESS_TIME": now.isoformat() for service in SERVICES}


@dataclass
class Processes:
    """An api and a worker; a process that dies is started again without what was planned for it."""

    database: Database
    folder: Path
    planned: dict[str, str] = field(default_factory=dict)
    """role -> failpoints, as in REGULARS_FAILPOINTS."""
    settings: dict[str, str] = field(default_factory=dict)
    """More environment variables, for both."""
    kafka: KafkaSettings | None = None
    """Where the log is, if not in the database."""
    deaths: int = 0
    acknowledged: set[UUID] = field(default_factory=set)
    """The receipts that were answered for: from then on they must not be lost."""
    environment: dict[str, str] = field(default_factory=dict)
    """Of every process, once they run."""
    port: int = field(default_factory=free_port)
    """Where the api answers."""
    _running: dict[str, ForkServerProcess] = field(default_factory=dict)
    _reviving: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self.environment = environment_of(self.database, self.folder) | self.settings
        if self.kafka is not None:
            self.environment |= variables(self.kafka)
        self.client = httpx2.Client(
            base_url=f"http://127.0.0.1:{self.port}/api",
            headers=bearer(),
            timeout=30,
            trust_env=False,
        )
        self.database.log()
        for role in ("api", "worker"):
            self._start(role, self.planned.get(role, ""))
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            process.join(20)
            if process.is_alive():
                process.kill()
                process.join()

    def send(self, step: Step) -> httpx2.Response:
        """Sends a request until it is answered: a process that died in the middle starts again."""
        answer = until(lambda: self._answer(step), timeout_s=RETRY_S_MAX, what=f"an answer to {step.path}")
        if answer.is_success and step.path == RECEIPTS:
            kept = [result["receipt_id"] for result in answer.json()["results"]]
            self.acknowledged |= {UUID(id_) for id_ in kept if id_ is not None}
        return answer

    def _answer(self, step: Step) -> httpx2.Response | None:
        self.revive()
        try:
            answer = self.client.post(step.path, json=step.body, headers=step.headers)
        except httpx2.TransportError:
            return None
        too_early = step.points_may_come and answer.status_code in {404, 409}
        return None if too_early or answer.status_code == 503 else answer

    def revive(self) -> None:
        """Starts again what has died."""
        # Many callers may find the same process dead: one of them starts another.
        with self._reviving:
            for role, process in list(self._running.items()):
                if not process.is_alive():
                    self.deaths += 1
                    self._start(role, "")

    def restart(self, role: str, *, within_s: float) -> int | None:
        """SIGTERM, then another one; how the first ended, None if it did not in time."""
        process = self._running[role]
        process.terminate()
        process.join(within_s)
        code = process.exitcode
        self._start(role, "")
        return code

    def pass_time(self, now: datetime) -> None:
        """From now on it is `now`: the worker starts again and does what is due."""
        self.environment |= business_time(now)
        assert self.restart("worker", within_s=20) == 0

    def settle(self) -> None:
        """Waits until every record is handled, reviving what dies on the way."""
        from services.processes import build_log, build_services  # noqa: PLC0415 - reads the environment

        os.environ.update(self.environment)
        services, event_log = build_services(), build_log()
        seen: list[Any] = []

        def quiet() -> bool:
            self.revive()
            waiting = sum(outbox_size(service.engine) for service in services)
            places = [place for s in services for place in lags(s.engine, s.consumers, event_log)]
            still = not waiting and not any(place.records for place in places) and seen == places
            seen[:] = places
            return still

        try:
            until(quiet, timeout_s=90, what="every service to catch up")
        finally:
            event_log.close()
            for service in services:
                service.engine.dispose()

    def _start(self, role: str, planned: str) -> None:
        share: dict[str, Any] = {"index": 0, "count": 1}
        options = {"port": self.port, "host": "127.0.0.1"} if role == "api" else share
        process = CONTEXT.Process(
            target=_run,
            args=(role, self.environment, planned, str(self.folder)),
            kwargs=options,
        )
        process.start()
        self._running[role] = process
