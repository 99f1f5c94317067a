"""The spool: receipts on the till's own disk, from the moment they are taken until the broker has answered.

SQLite, because a till has no database and SQLite survives a power cut. A receipt is known by its record's id: the
same one again is not spooled twice, also for some days after it was sent.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from shared.kernel.failpoints import failpoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from shared.contracts.envelope import Outgoing

FORMAT = 1
KNOWN_DAYS = 14
BUSY_S_MAX = 30.0
MIB = 1024 * 1024
_TABLES = """
create table waiting (
  id integer primary key autoincrement,
  key blob not null,
  headers blob not null,
  body blob not null,
  spooled_at real not null
);
create table known (record_id blob primary key, spooled_at real not null) without rowid;
create index known_spooled_at on known (spooled_at);
create table notes (name text primary key, text text not null, noted_at real not null) without rowid;
insert into notes values ('error', '', 0), ('sent', '', 0);
"""


class SpoolFullError(RuntimeError):
    """Nothing of the call was taken; what was there is safe. The message says what to do."""


class SpoolError(RuntimeError):
    """The file is not a spool that this release can use."""


class Waiting(NamedTuple):
    """A record on its way. `headers` are stored headers, as in `shared.contracts.envelope.Outgoing`."""

    id: int
    key: bytes
    headers: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class SpoolState:
    """What a technician asks for first."""

    waiting: int
    oldest: datetime | None
    used_bytes: int
    limit_bytes: int
    last_sent: datetime | None
    last_error: str
    last_error_at: datetime | None


class Spool:
    """One till's spool file, made on first use, readable for its owner only. One object per thread."""

    def __init__(self, path: Path, mib_max: int) -> None:
        self._path = path
        self._limit_bytes = mib_max * MIB
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Before SQLite makes it: its own files beside it get the same mode. Never once it is there: closing any handle
        # of a file drops all locks that this process holds on it, and SQLite's with them.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        self._db = sqlite3.connect(path, timeout=BUSY_S_MAX, isolation_level=None)
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise SpoolError(f"{path} cannot be used as a spool: {error}") from None

    def _open(self) -> None:
        # FULL: a receipt that was acknowledged must survive a power cut, not only the end of this process.
        for pragma in ("journal_mode = wal", "synchronous = full", "secure_delete = on"):
            self._db.execute(f"pragma {pragma}")
        page_bytes = self._number("pragma page_size")
        self._db.execute(f"pragma max_page_count = {self._limit_bytes // page_bytes}")
        with self._writing():
            found = self._number("pragma user_version")
            if found == 0:
                for statement in filter(str.strip, _TABLES.split(";")):
                    self._db.execute(statement)
                self._db.execute(f"pragma user_version = {FORMAT}")
        if found not in {0, FORMAT}:
            self._db.close()
            raise SpoolError(f"{self._path} was made by another release (format {found}, this one has {FORMAT})")

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def add(self, records: Sequence[Outgoing]) -> int:
        """Keeps `records`, all or none, and returns how many of them are new; when it returns they are on the disk.

        Raises `SpoolFullError` when there is no room.
        """
        now = time.time()
        try:
            with self._writing():
                new = [record for record in records if self._is_new(record, now)]
                self._db.executemany(
                    "insert into waiting (key, headers, body, spooled_at) values (?, ?, ?, ?)",
                    [(record.key, record.headers, record.body, now) for record in new],
                )
                failpoint("till.before_spooled")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                raise
            raise SpoolFullError(self._why_full()) from None
        failpoint("till.after_spooled")
        return len(new)

    def _is_new(self, record: Outgoing, now: float) -> bool:
        added = self._db.execute("insert or ignore into known values (?, ?)", (record.event_id.bytes, now))
        return added.rowcount == 1

    def next(self, records_max: int, bytes_max: int) -> list[Waiting]:
        """The oldest records, at least one if any waits; in the order in which they were taken."""
        found: list[Waiting] = []
        size = 0
        rows = self._db.execute("select id, key, headers, body from waiting order by id limit ?", (records_max,))
        for row in map(Waiting._make, rows):
            size += len(row.body)
            if found and size > bytes_max:
                break
            found.append(row)
        return found

    def sent(self, up_to: int) -> None:
        """Forgets the records up to this id: the broker has them."""
        now = time.time()
        with self._writing():
            self._db.execute("delete from waiting where id <= ?", (up_to,))
            oldest = now - timedelta(days=KNOWN_DAYS).total_seconds()
            self._db.execute("delete from known where spooled_at < ?", (oldest,))
            self._db.execute("update notes set noted_at = ? where name = 'sent'", (now,))
            self._db.execute("update notes set text = '' where name = 'error'")

    def failed(self, why: str) -> None:
        """Remembers why nothing could be sent, for `status`."""
        with self._writing():
            self._db.execute("update notes set text = ?, noted_at = ? where name = 'error'", (why[:200], time.time()))

    def state(self) -> SpoolState:
        """How it stands now."""
        waiting, oldest = self._db.execute("select count(*), min(spooled_at) from waiting").fetchone()
        notes = {name: (text, at) for name, text, at in self._db.execute("select name, text, noted_at from notes")}
        pages = self._number("pragma page_count") - self._number("pragma freelist_count")
        return SpoolState(
            waiting=waiting,
            oldest=_moment(oldest),
            used_bytes=pages * self._number("pragma page_size"),
            limit_bytes=self._limit_bytes,
            last_sent=_moment(notes["sent"][1]),
            last_error=notes["error"][0],
            last_error_at=_moment(notes["error"][1]),
        )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._db.execute("begin immediate")
        try:
            yield
            self._db.execute("commit")
        except BaseException:
            # SQLite has rolled back by itself when the disk was full.
            if self._db.in_transaction:
                self._db.execute("rollback")
            raise

    def _number(self, question: str) -> int:
        return int(self._db.execute(question).fetchone()[0])

    def _why_full(self) -> str:
        waiting = self._number("select count(*) from waiting")
        return (
            f"the spool is full: {waiting:,} receipts wait, and it may have {self._limit_bytes // MIB} MiB"
            " (REGULARS_TILL_SPOOL_MIB_MAX) or the disk has no room; nothing was lost: keep what is new at the till,"
            " and send it again when Kafka can be reached or there is more room"
        )


def _moment(stamp: float | None) -> datetime | None:
    return datetime.fromtimestamp(stamp, UTC) if stamp else None
