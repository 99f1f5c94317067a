"""Engines. Every connection carries its time limits, so that nothing waits for ever."""

from __future__ import annotations

import select
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from psycopg import errors as pg
from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from sqlalchemy import Connection, Engine, QueuePool

CONNECT_S_MAX = 10
UNANSWERED_S_MAX = 30
"""How long a connection may be silent before its peer is asked whether it is there, and how long that may take."""
LOCK_TIMEOUT_MS = 10_000
STATEMENT_TIMEOUT_MS = 30_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
LOOK_S_MAX = 2


def connect(
    url: str,
    *,
    schema: str,
    pool_size: int = 5,
    statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
) -> Engine:
    """An engine on psycopg 3 whose unqualified names live in `schema`; at most twice `pool_size` connections.

    READ COMMITTED, so that a statement after a lock wait sees what the lock's holder committed.
    """
    engine = create_engine(
        url,
        connect_args=_arguments(schema, statement_timeout_ms),
        # All are kept: SQLAlchemy would open those beyond a smaller pool for one request and close them after it, and a
        # connection costs as much as twenty requests. The last one used goes out first, since it knows its statements.
        pool_size=2 * pool_size,
        max_overflow=0,
        pool_use_lifo=True,
        execution_options={_SCHEMA: schema},
    )
    event.listen(engine, "checkout", _unless_gone)
    return engine


def _unless_gone(connection: psycopg.Connection, _record: object, _fairy: object) -> None:
    """Lets a connection out of the pool unless its peer has ended it meanwhile: then another is made.

    A server that stops or throws a session out says so and closes, which makes the idle socket readable. Looking at it
    costs a system call, where the usual `select 1` costs as much as a whole statement of each request.
    """
    if connection.closed or _has_said_something(connection.fileno()):
        raise DisconnectionError


def _has_said_something(socket: int) -> bool:
    waiting = select.poll()
    waiting.register(socket, select.POLLIN)
    return bool(waiting.poll(0))


def reading(engine: Engine) -> Connection:
    """A connection for questions, to be used as a context manager: every statement stands by itself.

    In READ COMMITTED each statement of a transaction sees what is committed when that statement begins, so one around
    mere questions would promise nothing, and cost two more statements.
    """
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """A connection of its own to `engine`'s database and schema, for a look that answers soon or fails.

    Beside the pool: a look neither waits for those who work nor takes a connection from them.
    """
    arguments = _arguments(engine.get_execution_options()[_SCHEMA], LOOK_S_MAX * 1000)
    beside = create_engine(engine.url, connect_args={**arguments, "connect_timeout": LOOK_S_MAX}, poolclass=NullPool)
    with beside.connect() as connection:
        yield connection


def pool_use(engine: Engine) -> tuple[int, int]:
    """How many connections of the pool are out, and how many can be: see `connect`."""
    pool = cast("QueuePool", engine.pool)
    return pool.checkedout(), pool.size()


_SCHEMA = "regulars_schema"


def _arguments(schema: str, statement_timeout_ms: int) -> dict[str, str | int]:
    options = (
        f"-c search_path={schema}"
        f" -c lock_timeout={LOCK_TIMEOUT_MS}"
        f" -c statement_timeout={statement_timeout_ms}"
        f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS}"
        " -c timezone=UTC"
    )
    return {
        "options": options,
        "application_name": f"regulars-{schema}",
        "connect_timeout": CONNECT_S_MAX,
        # The time limits above are the server's: they end nothing when its machine, or the way to it, is gone.
        "keepalives": 1,
        "keepalives_idle": UNANSWERED_S_MAX,
        "tcp_user_timeout": UNANSWERED_S_MAX * 1000,
    }


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction may succeed later: connection gone, deadlock, serialisation, time-out."""
    if isinstance(error, PoolTimeout):
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    # OperationalError also covers "program limit exceeded"; that one never gets better.
    if isinstance(cause, pg.ProgramLimitExceeded):
        return False
    if isinstance(cause, pg.ReadOnlySqlTransaction):
        # psycopg counts it among a program's own mistakes; here it is a standby that is not promoted yet.
        return True
    if not isinstance(error, DBAPIError):
        return isinstance(error, pg.OperationalError | pg.InterfaceError)
    return error.connection_invalidated or isinstance(error, InterfaceError | OperationalError)


def lost_a_race(error: BaseException) -> bool:
    """Whether PostgreSQL ended the transaction in favour of another one: the same again, at once, is right."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, pg.DeadlockDetected | pg.SerializationFailure)


def is_away(error: BaseException) -> bool:
    """Whether the database, and not what this transaction wanted of it, was in the way: nobody else fares better."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return is_transient(error) and not (lost_a_race(error) or isinstance(cause, pg.LockNotAvailable | pg.QueryCanceled))


def constraint_of(error: BaseException) -> str | None:
    """The name of the unique constraint that `error` hit, if it is a unique violation."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, pg.UniqueViolation):
        return original.diag.constraint_name
    return None
