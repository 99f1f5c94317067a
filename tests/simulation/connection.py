"""What psycopg is to SQLAlchemy and to `shared.database.batch`, on the database in memory.

The engines are SQLAlchemy's own: a database URL with `plugin=simulated` makes their connections come from here.
Each statement, commit and connect is a turn, and a place where the network and the server may fail.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

import psycopg
from sqlalchemy import URL, Engine, event
from sqlalchemy.dialects import plugins
from sqlalchemy.engine import CreateEnginePlugin

from tests.simulation.book import Statement, look_up
from tests.simulation.database import Database, Session
from tests.simulation.scheduler import Killed

PLUGIN = "simulated"
_SILENT, _ = os.pipe()


class Faults(Protocol):
    """What befalls a connection. Each raises what psycopg would, or does nothing."""

    def connecting(self) -> None: ...

    def executing(self, session: Session) -> None: ...

    def committing(self, session: Session) -> None: ...

    def committed(self, session: Session) -> None: ...


class Stage:
    """The database that connections are made to now. One at a time; a seed sets its own."""

    database: Database
    faults: Faults


STAGE = Stage()


class Plugin(CreateEnginePlugin):
    """Engines of the services, as `shared.database.engine.connect` makes them, with connections from `STAGE`."""

    def __init__(self, url: URL, kwargs: dict[str, Any]) -> None:
        super().__init__(url, kwargs)
        self._service = str(url.username)
        # The dialect would ask a server for its version and its types.
        kwargs["_initialize"] = False

    def update_url(self, url: URL) -> URL:
        return url.difference_update_query(["plugin"])

    def engine_created(self, engine: Engine) -> None:
        @event.listens_for(engine, "do_connect")
        def connect(*_: object) -> Connection:
            return Connection(self._service)


plugins.register(PLUGIN, __name__, Plugin.__name__)


def url_of(service: str) -> str:
    """The database URL of a service that runs here."""
    return f"postgresql+psycopg://{service}@simulation/regulars?plugin={PLUGIN}"


class Connection:
    """As `psycopg.Connection`, as far as it is used."""

    autocommit = False

    def __init__(self, service: str) -> None:
        database = STAGE.database
        STAGE.faults.connecting()
        if database.scheduler.now < database.away_until:
            raise psycopg.OperationalError("connection refused")
        self._scheduler = database.scheduler
        self.session = Session(database, service)

    @property
    def closed(self) -> bool:
        return not self.session.open

    broken = closed

    def fileno(self) -> int:
        """Nothing is ever heard over it: a session that ended is `closed`."""
        return _SILENT

    def add_notice_handler(self, _handler: object) -> None:
        """There are none."""

    def cursor(self, *, binary: bool = False) -> Cursor:  # noqa: ARG002 - values are what they are
        return Cursor(self)

    def arrive(self, at: str) -> Session:
        """The server begins to work for us: a turn, and what may go wrong on the way."""
        session, actor = self.session, self._scheduler.current
        if actor is not None:
            if session.actor is not actor:
                session.actor = actor
                actor.on_death.append(session.abort)
            self._scheduler.pause(at)
        self._require_open()
        session.touched_at = self._scheduler.now
        return session

    def commit(self) -> None:
        session = self.session
        if session.in_transaction and self._alive:
            self.arrive("commit")
            STAGE.faults.committing(session)
            self._require_open()
            if session.failed:
                session.rollback()
                return
            session.commit()
            STAGE.faults.committed(session)
            self._require_open()

    def rollback(self) -> None:
        # Not a turn: what is rolled back has changed nothing for anybody. The dead only leave.
        if self._alive:
            self._require_open()
        self.session.rollback()

    def close(self) -> None:
        self.session.abort()

    @property
    def _alive(self) -> bool:
        actor = self._scheduler.current
        return actor is None or not actor.dead

    def _require_open(self) -> None:
        if not self.session.open:
            raise psycopg.OperationalError("the connection is lost")


class Cursor:
    """As `psycopg.Cursor`, as far as it is used."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[tuple[Any, ...]] = []
        self.rowcount = -1
        self.description: list[tuple[Any, ...]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, query: bytes | str, params: Mapping[str, Any] | None = None) -> Self:
        statement = look_up(query)
        if statement.quiet:
            statement.run(self._connection.session, {})
            return self
        self._run(statement, params)
        return self

    def _run(self, statement: Statement, params: Mapping[str, Any] | None) -> None:
        session = self._connection.arrive(statement.name)
        session.begin()
        if session.actor is not None:
            STAGE.faults.executing(session)
        if session.failed:
            raise psycopg.errors.InFailedSqlTransaction("current transaction is aborted")
        try:
            result = statement.run(session, params)
        except psycopg.Error:
            session.failed = True
            raise
        except Killed:
            raise
        if isinstance(result, int):
            self.rowcount, self._rows, self.description = result, [], None
        else:
            self.rowcount, self._rows = len(result), result
            self.description = [(f"c{n}",) + (None,) * 6 for n in range(len(result[0]) if result else 1)]

    def copy(self, query: bytes) -> Copy:
        return Copy(self, look_up(query), self._connection)

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def close(self) -> None:
        """Nothing to let go of."""


class Copy:
    """As `psycopg.Copy`: rows that arrive together, or not at all."""

    def __init__(self, cursor: Cursor, statement: Statement, connection: Connection) -> None:
        self._cursor, self._statement, self._connection = cursor, statement, connection
        self._rows: list[Sequence[Any]] = []

    def __enter__(self) -> Self:
        return self

    def set_types(self, _types: Sequence[str]) -> None:
        """The columns' own types say it."""

    def write_row(self, row: Sequence[Any]) -> None:
        self._rows.append(row)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._cursor._run(self._statement, {"rows": self._rows})
