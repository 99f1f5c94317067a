"""A whole system on one machine, from one command, in one folder. Whatever is killed, starting again goes on.

What its kinds have in common: `services.embedded` keeps the log in PostgreSQL and everything in a few processes;
`services.distributed` has Kafka, and a database and a process for each service.
"""

from __future__ import annotations

import fcntl
import json
from abc import ABC, abstractmethod
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from services.children import Child, Children, NotReadyError
from shared.access.issuer import MINUTES_MAX, BuiltInIssuer, Grant
from shared.database.embedded import LOCK, EmbeddedPostgres
from shared.database.engine import connect
from shared.database.migrate import DATABASE, application_role, migrate, owner_role
from shared.runtime.moving_clock import move
from shared.runtime.sockets import listening

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from sqlalchemy import Engine

    from services.profile import Profile

SERVICES = ("stores", "customers", "loyalty", "segmentation", "campaigns", "notifications", "console")
DEFAULT_DATA_DIR = Path(".regulars")
DEFAULT_PORT = 8080
LOOPBACK = "127.0.0.1"
MAIL_FROM = "Regulars <hello@regulars.example>"
RUNNING = "running.json"
CLOCK = "business-time"
"""File of a demo's folder: the moment at which its business clock stands."""

_ROOT = Path(__file__).parent


class OfflineError(RuntimeError):
    """There is no system in the folder."""


def issuer_folder(data_dir: Path) -> Path:
    """Where the keys and users of a data folder's own issuer are."""
    return data_dir / "keys" / "issuer"


def running_note(data_dir: Path) -> dict[str, Any] | None:
    """What the system that runs in a folder has said of itself; None when none runs.

    A system that was killed leaves its note behind, and its ports to others: only the lock tells. Raises
    `OfflineError` while a system starts.
    """
    if not _is_locked(data_dir):
        return None
    try:
        note: dict[str, Any] = json.loads((data_dir / RUNNING).read_text())
    except FileNotFoundError:
        msg = f"the system in {data_dir} is just starting; try again in a moment"
        raise OfflineError(msg) from None
    return note


def _is_locked(data_dir: Path) -> bool:
    if not (data_dir / LOCK).exists():
        return False
    with (data_dir / LOCK).open("a") as guard:
        try:
            fcntl.flock(guard, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


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
        self.mail_port: int | None = None
        """Where a demo's mail goes on this machine, while the system runs: whoever wants to see it listens there."""

    def __enter__(self) -> Self:
        if self.clock_file is not None and not self.clock_file.exists():
            move(self.clock_file, datetime.fromisoformat(str(self.profile.business_time)))
        try:
            self._postgres = self._parts.enter_context(EmbeddedPostgres(self.data_dir))
            # Of a system that was killed: until this one is ready, nobody is to be told where that one was.
            (self.data_dir / RUNNING).unlink(missing_ok=True)
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
        if self.clock_file is not None:
            # Not a well-known one: nobody listens before the story, and the demos of two folders would share it.
            self.mail_port = free_port()
        self._planned = self._plan()
        children = Children(self._planned, self.environment() | self._secrets(), self.log_folder)
        self._parts.callback(children.stop)
        children.start()
        children.wait_until_ready()
        self._announce()
        children.look_after(self._servers())

    def _child(self, *arguments: str, front: bool = False) -> Child:
        """A process, told its port; with `front`, on the one that this system is asked for."""
        door = _front_door(self.port) if front else listening(LOOPBACK)
        self._parts.callback(door.close)
        port = port_of(door)
        if front:
            self.port = port
        return Child([*arguments, "--port", str(port)], loopback(port), door)

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
                # On one machine whoever has the folder owns everything in it: rebuilds may be asked for over the API.
                f"{prefix}OWNER_DATABASE_URL": self._postgres.url(owner_role(service), self._database_of(service)),
                f"{prefix}DATABASE_SCHEMA": service,
                f"{prefix}TIME_ZONE": self.profile.time_zone,
                f"{prefix}KEYS_DIR": str(self.data_dir / "keys"),
            }
            if self.clock_file is not None:
                settings[f"{prefix}BUSINESS_TIME_FILE"] = str(self.clock_file)
        return settings | self._sending()

    def _sending(self) -> dict[str, str]:
        """How members reach `notifications`, and where a demo's folder hands in its mail."""
        prefix = "REGULARS_NOTIFICATIONS_"
        if not self._planned:
            return {}
        settings = {f"{prefix}PUBLIC_URL": self.address_of("notifications")}
        if self.mail_port is not None:
            settings |= {
                f"{prefix}SMTP_HOST": LOOPBACK,
                f"{prefix}SMTP_PORT": str(self.mail_port),
                f"{prefix}SMTP_TLS": "none",
                f"{prefix}MAIL_FROM": MAIL_FROM,
            }
        return settings

    def _secrets(self) -> dict[str, str]:
        """How `notifications` gets addresses. The note for other commands does not have it: they send nothing."""
        grant = Grant("notifications", ["service"])
        token = BuiltInIssuer(issuer_folder(self.data_dir)).token(grant, minutes=MINUTES_MAX)
        prefix = "REGULARS_NOTIFICATIONS_"
        return {f"{prefix}VAULT_URL": self.address_of("customers"), f"{prefix}VAULT_TOKEN": token}

    @property
    def clock_file(self) -> Path | None:
        """What holds the business moment of a demo's folder; None where the clock is the machine's."""
        return self.data_dir / CLOCK if self.profile.business_time is not None else None

    def _application_url(self, service: str) -> str:
        return self._postgres.url(application_role(service), self._database_of(service))

    def _migrate(self, service: str, scripts: Path | None = None) -> None:
        owner = self._postgres.url(owner_role(service), self._database_of(service))
        migrate(owner, service, scripts or _ROOT / service / "migrations")

    def _announce(self) -> None:
        """Tells other commands on this machine where the running system is; it holds no secret."""
        note = self.data_dir / RUNNING
        draft = note.with_suffix(".draft")
        found = {
            "processes": self.processes,
            "addresses": {service: self.address_of(service) for service in SERVICES},
            "environment": self.environment(),
        }
        draft.write_text(json.dumps(found))
        draft.replace(note)
        self._parts.callback(note.unlink, missing_ok=True)


def loopback(port: int) -> str:
    """The address of a port on this machine."""
    return f"http://{LOOPBACK}:{port}"


def free_port() -> int:
    """A port of this machine that nobody has."""
    with closing(listening(LOOPBACK)) as probe:
        return port_of(probe)


def port_of(listens: socket.socket) -> int:
    """Where a socket listens."""
    return int(listens.getsockname()[1])


def _front_door(port: int) -> socket.socket:
    """Listens on `port`; without one on the default, or on any other if somebody has that.

    Raises `NotReadyError` when somebody has the port that was asked for.
    """
    try:
        return listening(LOOPBACK, port or DEFAULT_PORT)
    except OSError as taken:
        if not port:
            return listening(LOOPBACK)
        msg = f"cannot serve on {LOOPBACK}, port {port}: {taken.strerror}; choose another --port or stop what has it"
        raise NotReadyError(msg) from None
