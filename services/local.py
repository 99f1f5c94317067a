"""A whole system on one machine, from one command, in one folder. Whatever is killed, starting again goes on.

What its kinds have in common: `services.embedded` keeps the log in PostgreSQL and everything in a few processes;
`services.distributed` has Kafka, and a database and a process for each service.
"""

from __future__ import annotations

import json
import socket
from abc import ABC, abstractmethod
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from services.children import Child, Children
from shared.access.issuer import BuiltInIssuer, Grant
from shared.database.embedded import EmbeddedPostgres
from shared.database.engine import connect
from shared.database.migrate import DATABASE, application_role, migrate, owner_role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from sqlalchemy import Engine

    from services.profile import Profile

SERVICES = ("stores", "customers", "loyalty", "segmentation")
DEFAULT_DATA_DIR = Path(".regulars")
DEFAULT_PORT = 8080
RUNNING = "running.json"

_ROOT = Path(__file__).parent


class OfflineError(RuntimeError):
    """There is no system in the folder."""


def issuer_folder(data_dir: Path) -> Path:
    """Where the keys and users of a data folder's own issuer are."""
    return data_dir / "keys" / "issuer"


class LocalSystem(ABC):
    """A running system over `data_dir`; use as a context manager.

    Without `processes` only what keeps data runs: for commands on a system that is stopped.
    """

    def __init__(self, data_dir: Path, profile: Profile, *, port: int | None, processes: bool) -> None:
        self.data_dir = data_dir.absolute()
        self.profile = profile
        self.port = port or 0
        self._processes = processes
        self._parts = ExitStack()
        self._planned: Mapping[str, Child] = {}

    def __enter__(self) -> Self:
        try:
            self._postgres = self._parts.enter_context(EmbeddedPostgres(self.data_dir))
            self._prepare()
            if self._processes:
                self._run()
        except BaseException:
            self._parts.close()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._parts.close()

    def _run(self) -> None:
        self.port = self.port or default_port()
        self._planned = self._plan()
        children = Children(self._planned, self.environment(), self.log_folder)
        self._parts.callback(children.stop)
        children.start()
        children.wait_until_ready()
        self._announce()
        children.look_after(self._servers())

    @abstractmethod
    def _prepare(self) -> None:
        """Makes and migrates the databases and the log."""

    @abstractmethod
    def _plan(self) -> Mapping[str, Child]:
        """The processes to run, by name."""

    @abstractmethod
    def _log_environment(self) -> dict[str, str]:
        """The settings that say where the log is."""

    @abstractmethod
    def address_of(self, service: str) -> str:
        """Where a service's API is."""

    def _servers(self) -> list[Callable[[], object]]:
        """What the processes need, each by what starts it again and says whether it had to."""
        return [lambda: self._postgres.revive() and "PostgreSQL"]

    def _database_of(self, _service: str) -> str:
        """The database that holds a service's schema."""
        return DATABASE

    @property
    def processes(self) -> dict[str, str]:
        """Where each process serves /livez, /readyz and /metrics."""
        return {name: child.address for name, child in self._planned.items()}

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
        engine = connect(self._application_url(service), schema=service, pool_size=2)
        self._parts.callback(engine.dispose)
        return engine

    def operator_token(self, minutes: int) -> str:
        """A token for somebody who has the folder: for the demo, and for curl."""
        return BuiltInIssuer(issuer_folder(self.data_dir)).token(Grant("operator", ["operator"]), minutes=minutes)

    def environment(self) -> dict[str, str]:
        """The settings of every service, as its processes read them."""
        settings = {**self._log_environment(), "REGULARS_ACCESS_BUILT_IN_DIR": str(issuer_folder(self.data_dir))}
        for service in SERVICES:
            prefix = f"REGULARS_{service.upper()}_"
            settings |= {
                f"{prefix}DATABASE_URL": self._application_url(service),
                f"{prefix}DATABASE_SCHEMA": service,
                f"{prefix}TIME_ZONE": self.profile.time_zone,
                f"{prefix}KEYS_DIR": str(self.data_dir / "keys"),
            }
            if self.profile.business_time is not None:
                settings[f"{prefix}BUSINESS_TIME"] = self.profile.business_time
        return settings

    def _application_url(self, service: str) -> str:
        return self._postgres.url(application_role(service), self._database_of(service))

    def _migrate(self, service: str, scripts: Path | None = None) -> None:
        owner = self._postgres.url(owner_role(service), self._database_of(service))
        migrate(owner, service, scripts or _ROOT / service / "migrations")

    def _announce(self) -> None:
        """Tells other commands on this machine where the running system is; it holds no secret."""
        note = self.data_dir / RUNNING
        draft = note.with_suffix(".draft")
        draft.write_text(json.dumps({"processes": self.processes, "environment": self.environment()}))
        draft.replace(note)
        self._parts.callback(note.unlink, missing_ok=True)


def loopback(port: int) -> str:
    """The address of a port on this machine."""
    return f"http://127.0.0.1:{port}"


def default_port() -> int:
    """The default port if nobody has it, else any free one."""
    return free_port(DEFAULT_PORT) or free_port()


def free_port(port: int = 0) -> int:
    """`port` if it is free on 127.0.0.1, 0 if it is not; by default any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])
