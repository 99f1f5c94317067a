"""Locks of a database session: they end with their holder, however that ends."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

_KEY = "hashtextextended(current_schema() || :name, 0)"


@contextmanager
def session_lock(engine: Engine, name: str, *, wait: bool = False) -> Iterator[Connection | None]:
    """Holds the lock `name` of the engine's schema: the connection that holds it, or None while another one does.

    With `wait` it is waited for instead, as long as a connection waits for any lock. No transaction stays open behind
    the lock: it would be ended for idling.
    """
    with engine.connect() as connection:
        if not _take(connection, name, wait=wait):
            yield None
            return
        try:
            yield connection
        finally:
            _give_back(connection, name)


def _take(connection: Connection, name: str, *, wait: bool) -> bool:
    function = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    try:
        answer = connection.scalar(text(f"select {function}({_KEY})"), {"name": name})
        connection.commit()
    except DBAPIError:
        # A statement that is cancelled, or not committed, can have taken the lock all the same.
        connection.invalidate()
        raise
    return wait or bool(answer)


def _give_back(connection: Connection, name: str) -> None:
    try:
        connection.rollback()
        connection.execute(text(f"select pg_advisory_unlock({_KEY})"), {"name": name})
        connection.commit()
    except DBAPIError:
        # In the pool its session would hold the lock for as long as the process lives. Closed, it holds nothing.
        connection.invalidate()
