"""The embedded system: PostgreSQL, the event log and every service on one machine, from one command.

A parent starts the database, migrates it, and keeps a few processes running: one for HTTP, the others share
consumers, relays and jobs. Everything it keeps is in one folder. Whatever is killed, starting again goes on.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx2
import structlog

from services.profile import Profile
from shared.database.embedded import EmbeddedPostgres
from shared.database.engine import connect
from shared.database.migrate import application_role, migrate, owner_role, prepare_database
from shared.kernel.failpoints import VARIABLE as FAILPOINTS
from shared.messaging.log_postgres import SCHEMA as LOG
from shared.messaging.log_postgres import PostgresLog

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from sqlalchemy import Engine

log = structlog.get_logger(__name__)

SERVICES = ("stores", "customers", "loyalty", "segmentation")
DEFAULT_DATA_DIR = Path(".regulars")
DEFAULT_PORT = 8080
WORKERS = max(1, min(4, (os.cpu_count() or 2) - 1))
"""One core is for HTTP; measured on two cores, a second worker only adds overhead."""
READY_S_MAX = 60.0
STOP_S_MAX = 30.0
RESTART_DELAY_S = 1.0
RUNNING = "running.json"
PARENT = "REGULARS_PARENT"
"""Environment variable of every child: the process id of who started it."""

_ROOT = Path(__file__).parent


class OfflineError(RuntimeError):
    """There is no system in the folder."""


class NotReadyError(RuntimeError):
    """The system did not come up; the message says where to look."""


class EmbeddedSystem:
    """A running system over `data_dir`; use as a context manager.

    `business_time` fixes the business clock, which only a demo may do, and only in a folder of its own. Without
    `processes` only the database runs: for commands on a system that is stopped.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        workers: int = WORKERS,
        time_zone: str | None = None,
        business_time: datetime | None = None,
        processes: bool = True,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.profile = Profile.of(self.data_dir, time_zone, business_time)
        self._port = port
        self._workers = workers
        self._processes = processes
        self._parts = ExitStack()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        try:
            self._postgres = self._parts.enter_context(EmbeddedPostgres(self.data_dir))
            self._prepare()
            if not self._processes:
                return self
            self.port = self._port or _free_port()
            self._commands = {"api": ["api", "--port", str(self.port)]} | {
                f"worker-{n}": ["worker", "--index", str(n), "--count", str(self._workers)]
                for n in range(self._workers)
            }
            for name in self._commands:
                self._start(name)
            self._parts.callback(self._stop_children)
            self._wait_until_ready()
            self._announce()
        except BaseException:
            self._stop_children()
            self._parts.close()
            raise
        threading.Thread(target=self._keep_running, name="keeper", daemon=True).start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._parts.close()

    @property
    def address(self) -> str:
        """Where the APIs are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def postgres_pid(self) -> int:
        """The process id of the database server."""
        return self._postgres.pid

    @property
    def log_folder(self) -> Path:
        """One file of JSON lines per process."""
        return self.data_dir / "logs"

    def engine(self, service: str) -> Engine:
        """The application role's engine on a service's schema: for lag, audits and reports."""
        engine = connect(self._postgres.url(application_role(service)), schema=service, pool_size=2)
        self._parts.callback(engine.dispose)
        return engine

    def environment(self) -> dict[str, str]:
        """The settings of every service, as its processes read them."""
        keys = self.data_dir / "keys"
        settings = {f"REGULARS_{LOG.upper()}_DATABASE_URL": self._postgres.url(application_role(LOG))}
        for service in SERVICES:
            prefix = f"REGULARS_{service.upper()}_"
            settings |= {
                f"{prefix}DATABASE_URL": self._postgres.url(application_role(service)),
                f"{prefix}DATABASE_SCHEMA": service,
                f"{prefix}TIME_ZONE": self.profile.time_zone,
                f"{prefix}KEYS_DIR": str(keys),
            }
            if self.profile.business_time is not None:
                settings[f"{prefix}BUSINESS_TIME"] = self.profile.business_time
        return settings

    def _prepare(self) -> None:
        prepare_database(self._postgres.superuser_url, [*SERVICES, LOG])
        migrate(
            self._postgres.url(owner_role(LOG)),
            LOG,
            _ROOT.parent / "shared" / "messaging" / "log_migrations",
        )
        for service in SERVICES:
            migrate(self._postgres.url(owner_role(service)), service, _ROOT / service / "migrations")
        PostgresLog(self.engine(LOG)).apply_catalogue()
        self.log_folder.mkdir(exist_ok=True)

    def _announce(self) -> None:
        """Tells other commands on this machine where the running system is; it holds no secret."""
        note = self.data_dir / RUNNING
        draft = note.with_suffix(".draft")
        draft.write_text(json.dumps({"address": self.address, "environment": self.environment()}))
        draft.replace(note)
        self._parts.callback(note.unlink, missing_ok=True)

    def _start(self, name: str, *, again: bool = False) -> None:
        environment = {**os.environ, **self.environment(), PARENT: str(os.getpid())}
        if again:
            # What a test planned has happened.
            environment.pop(FAILPOINTS, None)
        with (self.log_folder / f"{name}.log").open("ab") as output:
            self._children[name] = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "services.processes", *self._commands[name]],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # A Ctrl-C at the terminal is for the parent, which then stops the children in order.
                start_new_session=True,
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_S_MAX
        with httpx2.Client(trust_env=False) as client:
            while True:
                for name, child in self._children.items():
                    if child.poll() is not None:
                        msg = f"{name} ended at start with {child.returncode}; see {self.log_folder / f'{name}.log'}"
                        raise NotReadyError(msg)
                try:
                    if client.get(f"{self.address}/readyz").is_success:
                        return
                except httpx2.TransportError:
                    pass
                if time.monotonic() > deadline:
                    msg = f"not ready after {READY_S_MAX:.0f} s; see {self.log_folder}"
                    raise NotReadyError(msg)
                time.sleep(0.05)

    def _keep_running(self) -> None:
        """Starts again what ended by itself or was killed: the database, or a process."""
        while not self._stopping.wait(RESTART_DELAY_S):
            try:
                if self._postgres.revive():
                    log.warning("postgres_restarted")
            except (OSError, subprocess.SubprocessError):
                log.exception("postgres_does_not_start")
                continue
            for name, child in list(self._children.items()):
                if child.poll() is not None and not self._stopping.is_set():
                    log.warning("process_restarted", name=name, code=child.returncode)
                    self._start(name, again=True)

    def _stop_children(self) -> None:
        self._stopping.set()
        for child in self._children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_S_MAX
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _free_port() -> int:
    """The default port if nobody has it, else any free one."""
    for port in (DEFAULT_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    msg = "no free port on 127.0.0.1"
    raise NotReadyError(msg)
