"""A database in memory with PostgreSQL's READ COMMITTED: row locks, unique keys, savepoints, advisory locks.

Rows that a transaction writes are its own until it commits; whoever wants to write a row waits for the one who did
so before. A row is a dictionary that nobody changes: it is replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from typing import Any

from psycopg import errors as pg

from shared.database.engine import IDLE_IN_TRANSACTION_TIMEOUT_MS, LOCK_TIMEOUT_MS
from tests.simulation.scheduler import Actor, Scheduler
from tests.simulation.schema import CLOCK, SERIAL, Key, Row, Shape, shapes

Lock = tuple[Any, ...]


class Diagnosed(pg.UniqueViolation):
    """A unique violation that names its constraint, as the server's does."""

    def __init__(self, constraint: str) -> None:
        super().__init__(f"duplicate key value violates unique constraint {constraint!r}")
        self.constraint_name = constraint

    @property
    def diag(self) -> Any:
        return self


class Table:
    """What is committed of one table."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.tag = shape.name
        """Its own, whatever it is called at the moment."""
        self.rows: dict[Key, Row] = {}
        self.indexes: dict[str, dict[Key, Key]] = {name: {} for name in shape.unique}
        self.last = 0
        """Of its identity column. A number that was given out is never given again, committed or not."""

    def put(self, key: Key, row: Row | None) -> None:
        """A committed write."""
        before = self.rows.pop(key, None) if row is None else self.rows.get(key)
        if row is not None:
            self.rows[key] = row
        for name, columns in self.shape.unique.items():
            index = self.indexes[name]
            if before is not None:
                index.pop(tuple([before[c] for c in columns]), None)
            if row is not None:
                index[tuple([row[c] for c in columns])] = key


class Database:
    """The schemas of the services, in one server."""

    def __init__(self, scheduler: Scheduler, clock: Callable[[], datetime]) -> None:
        self.scheduler = scheduler
        self.clock = clock
        self.away_until = 0.0
        self.schemas: dict[str, dict[str, Table]] = {
            service: {name: Table(shape) for name, shape in shapes(service).items()}
            for service in ("stores", "loyalty")
        }
        self.locks: dict[Lock, dict[Session, bool]] = {}
        """Holders of each lock; whether they hold it for themselves alone."""
        self.sessions: list[Session] = []
        self.commits = 0
        self.watch: Callable[[str, str, Row | None, Row | None], None] | None = None
        """Told of each row that a commit changes: service, table, before, after."""
        self.numbers = count()

    def rows(self, service: str, table: str) -> list[Row]:
        """What is committed."""
        return list(self.schemas[service][table].rows.values())

    def stop(self, seconds: float) -> None:
        """Immediate stop: every session ends, what was not committed is gone, nobody gets in for so long."""
        self.away_until = self.scheduler.now + seconds
        for session in list(self.sessions):
            session.abort()


class Session:
    """One connection's side in the server, and the transaction that it is in."""

    def __init__(self, database: Database, service: str) -> None:
        self.database = database
        self.service = service
        self.tables = database.schemas[service]
        self.suffix = ""
        """`__rebuild` while a statement names the shadow of a table."""
        self.open = True
        self.in_transaction = False
        self.failed = False
        self.repeatable = False
        self.lock_timeout_s = LOCK_TIMEOUT_MS / 1000
        self.waits_for: list[Session] = []
        self.actor: Actor | None = None
        self.touched_at = 0.0
        self._writes: dict[Table, dict[Key, Row | None]] = {}
        self._undo: list[tuple[Table, Key, bool, Row | None]] = []
        self._held: list[Lock] = []
        self._using: set[Table] = set()
        """Tables that nobody can take away before the transaction ends: a short way past their locks."""
        self._kept: set[Lock] = set()
        """Advisory locks of the session itself."""
        self._savepoints: dict[str, tuple[int, int]] = {}
        self._named: list[Callable[[], None]] = []
        self._snapshot: dict[str, list[Row]] | None = None
        database.sessions.append(self)

    # Transactions

    def begin(self) -> None:
        if not self.in_transaction:
            self.in_transaction = True
            self.lock_timeout_s = LOCK_TIMEOUT_MS / 1000

    def commit(self) -> None:
        for change in self._named:
            change()
        for table, writes in self._writes.items():
            for key, row in writes.items():
                if self.database.watch is not None:
                    self.database.watch(self.service, table.tag, table.rows.get(key), row)
                table.put(key, row)
        self.database.commits += bool(self._writes)
        self._end()

    def rollback(self) -> None:
        self._end()

    def _end(self) -> None:
        self.in_transaction = self.failed = self.repeatable = False
        self._snapshot = None
        self._writes, self._undo, self._savepoints, self._named = {}, [], {}, []
        self._using.clear()
        held, self._held = self._held, []
        self._release(held)

    def abort(self) -> None:
        """The server ends the session: rolled back, every lock free."""
        if self.open:
            self.open = False
            self._end()
            kept, self._kept = self._kept, set()
            self._release(list(kept))
            self.database.sessions.remove(self)
            if self.actor is not None and self.waits_for:
                self.database.scheduler.wake(self.actor)

    def savepoint(self, name: str) -> None:
        self._savepoints[name] = (len(self._undo), len(self._held))

    def rollback_to(self, name: str) -> None:
        writes, held = self._savepoints[name]
        while len(self._undo) > writes:
            table, key, wrote, row = self._undo.pop()
            if wrote:
                self._writes[table][key] = row
            else:
                del self._writes[table][key]
        self._using.clear()
        released = self._held[held:]
        del self._held[held:]
        self._release(released)
        self.failed = False

    # Locks

    def lock(self, name: Lock, *, alone: bool = True, keep: bool = False, wait: bool = True) -> bool:
        """Takes a lock until the transaction ends, or, to `keep`, until the session does."""
        locks = self.database.locks
        while True:
            holders = locks.get(name)
            if holders is None:
                holders = locks[name] = {}
            others = [other for other, exclusively in holders.items() if other is not self and (alone or exclusively)]
            if not others:
                break
            if not wait:
                return False
            self._wait(name, others)
        if self not in holders:
            (self._kept.add if keep else self._held.append)(name)
        holders[self] = alone or holders.get(self, False)
        return True

    def unlock(self, name: Lock) -> None:
        """Lets go of a kept lock."""
        if name in self._kept:
            self._kept.discard(name)
            self._release([name])

    def _wait(self, name: Lock, holders: list[Session]) -> None:
        self.waits_for = holders
        try:
            if self._in_a_circle():
                raise pg.DeadlockDetected("deadlock detected")
            if not self.database.scheduler.block(self.lock_timeout_s, f"waits for a lock: {name[:3]}") and self.open:
                raise pg.LockNotAvailable("canceling statement due to lock timeout")
            if not self.open:
                raise pg.AdminShutdown("terminating connection due to administrator command")
        finally:
            self.waits_for = []

    def _in_a_circle(self) -> bool:
        seen: set[Session] = set()
        next_ = list(self.waits_for)
        while next_:
            session = next_.pop()
            if session is self:
                return True
            if session not in seen:
                seen.add(session)
                next_ += session.waits_for
        return False

    def _release(self, names: list[Lock]) -> None:
        locks = self.database.locks
        for name in names:
            holders = locks.get(name)
            if holders is not None:
                holders.pop(self, None)
                if not holders:
                    del locks[name]
        if names:
            for session in self.database.sessions:
                if self in session.waits_for and session.actor is not None:
                    self.database.scheduler.wake(session.actor)

    def idle_too_long(self) -> bool:
        """Whether the server would end the session, because its transaction waits for its client."""
        idle = self.database.scheduler.now - self.touched_at
        return self.in_transaction and not self.waits_for and idle > IDLE_IN_TRANSACTION_TIMEOUT_MS / 1000

    # Rows

    def table(self, name: str, *, alone: bool = False) -> Table:
        """A table by its name of this moment. Whoever changes the name waits for its users, and keeps all out."""
        while True:
            table = self.tables.get(name + self.suffix)
            if table in self._using and not alone:
                return table
            if table is None:
                raise pg.UndefinedTable(f"relation {name + self.suffix} does not exist")
            self.lock(("table", self.service, table.tag), alone=alone)
            if self.tables.get(name + self.suffix) is table:
                self._using.add(table)
                return table

    def get(self, name: str, *key: Any) -> Row | None:
        """The row under a primary key, as this transaction sees it."""
        table = self.table(name)
        writes = self._writes.get(table)
        if writes is not None and key in writes:
            return writes[key]
        return table.rows.get(key)

    def all(self, name: str) -> list[Row]:
        """Every row, as this transaction sees it."""
        table = self.table(name)
        writes = self._writes.get(table)
        if not writes:
            return list(table.rows.values())
        seen = {**table.rows, **writes}
        return [row for row in seen.values() if row is not None]

    def where(self, name: str, **values: Any) -> list[Row]:
        """The rows with these values."""
        wanted = list(values.items())
        return [row for row in self.all(name) if all(row[column] == value for column, value in wanted)]

    def locked(self, name: str, row: Row, *, alone: bool = True) -> Row | None:
        """A row, locked, and as it is then: None if it is gone. Waits for whoever has it."""
        key = self._key(name, row)
        self.lock((self.service, name + self.suffix, key), alone=alone)
        return self.get(name, *key)

    def insert(self, name: str, row: Row) -> str | None:
        """Adds a row with its defaults; the constraint that forbids it, if one does. Waits for rivals to decide."""
        table = self.table(name)
        shape = table.shape
        full = {column: self._default(table, column) if column not in row else row[column] for column in shape.types}
        key = tuple([full[column] for column in shape.key])
        if self.get(name, *key) is not None:
            return f"{name}_pkey"
        self.lock((self.service, name + self.suffix, key))
        if self.get(name, *key) is not None:
            return f"{name}_pkey"
        for constraint, columns in shape.unique.items():
            values = tuple([full[column] for column in columns])
            self.lock((self.service, constraint, values))
            if self._find(table, constraint, values) is not None:
                return constraint
        self._write(table, key, full)
        return None

    def upsert(self, name: str, new: Row, merge: Callable[[Row], Row | None]) -> int:
        """Adds `new`, or writes what `merge` makes of the row that is there; how many rows that touched."""
        while self.insert(name, new) is not None:
            stored = self.locked(name, new)
            if stored is not None:
                if (merged := merge(stored)) is None:
                    return 0
                self.update(name, stored, **merged)
                return 1
        return 1

    def require(self, name: str, row: Row) -> None:
        """Adds a row that must be new."""
        if (constraint := self.insert(name, row)) is not None:
            raise Diagnosed(constraint)

    def update(self, name: str, row: Row, **values: Any) -> None:
        """Writes a row that was locked."""
        self._write(self.table(name), self._key(name, row), {**row, **values})

    def delete(self, name: str, row: Row) -> None:
        """Removes a row that was locked."""
        self._write(self.table(name), self._key(name, row), None)

    def find(self, name: str, constraint: str, *values: Any) -> Row | None:
        """The row under the values of a unique constraint."""
        table = self.table(name)
        key = self._find(table, constraint, values)
        return None if key is None else self.get(name, *key)

    def _find(self, table: Table, constraint: str, values: Key) -> Key | None:
        columns = table.shape.unique[constraint]
        writes = self._writes.get(table, {})
        for key, row in writes.items():
            if row is not None and tuple([row[column] for column in columns]) == values:
                return key
        key = table.indexes[constraint].get(values)
        return None if key is None or key in writes else key

    def _write(self, table: Table, key: Key, row: Row | None) -> None:
        writes = self._writes.setdefault(table, {})
        self._undo.append((table, key, key in writes, writes.get(key)))
        writes[key] = row

    def _key(self, name: str, row: Row) -> Key:
        return tuple([row[column] for column in self.table(name).shape.key])

    def _default(self, table: Table, column: str) -> Any:
        default = table.shape.defaults.get(column)
        if default is SERIAL:
            table.last += 1
            return table.last
        return self.database.clock() if default is CLOCK else default

    # What a rebuild does to names

    def create_like(self, name: str, model: str) -> None:
        """A new, empty table; nobody else can know of it before the commit, so that it is there at once."""
        table = Table(self.tables[model].shape)
        table.tag = f"{name} {next(self.database.numbers)}"
        self.tables[name] = table
        self.lock(("table", self.service, table.tag))

    def rename(self, old: str, new: str) -> None:
        """Gives a table another name when the transaction commits."""

        def change() -> None:
            self.tables[new] = self.tables.pop(old)

        self._named.append(change)

    def drop(self, name: str) -> None:
        """Removes a table once nobody uses it; at once, since nobody misses what is dropped here."""
        if name in self.tables:
            self.table(name, alone=True)
            del self.tables[name]

    def take_snapshot(self) -> None:
        """From now on `seen` gives what is committed at this moment."""
        self._snapshot = {name: list(table.rows.values()) for name, table in self.tables.items()}

    def seen(self, name: str) -> Iterator[Row]:
        """The rows of the snapshot."""
        if self._snapshot is None:
            raise AssertionError("no snapshot was taken")
        return iter(self._snapshot[name])
