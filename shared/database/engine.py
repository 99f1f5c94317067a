"""Engines. Every connection carries its time limits, so that nothing waits for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import errors as pg
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOCK_TIMEOUT_MS = 10_000
STATEMENT_TIMEOUT_MS = 30_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000


def connect(
    url: str,
    *,
    schema: str,
    pool_size: int = 5,
    statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
) -> Engine:
    """An engine on psycopg 3 whose unqualified names live in `schema`.

    READ COMMITTED, so that a statement after a lock wait sees what the lock's holder committed.
    """
    options = (
        f"-c search_path={schema}"
        f" -c lock_timeout={LOCK_TIMEOUT_MS}"
        f" -c statement_timeout={statement_timeout_ms}"
        f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS}"
        " -c timezone=UTC"
    )
    return create_engine(
        url,
        connect_args={"options": options, "application_name": f"regulars-{schema}"},
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
    )


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction may succeed later: connection gone, deadlock, serialisation, time-out."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, pg.OperationalError | pg.InterfaceError)
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    # OperationalError also covers "program limit exceeded"; that one never gets better.
    return isinstance(error, OperationalError) and not isinstance(error.orig, pg.ProgramLimitExceeded)


def constraint_of(error: BaseException) -> str | None:
    """The name of the unique constraint that `error` hit, if it is a unique violation."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, pg.UniqueViolation):
        return original.diag.constraint_name
    return None
