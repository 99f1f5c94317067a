"""Rows by the batch on the psycopg connection under SQLAlchemy's transaction.

One statement per table and batch: COPY where rows are only added, `unnest` of arrays where they are
looked up or merged. SQLAlchemy's own executemany costs three to four times as much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import psycopg
    from sqlalchemy import Connection


def driver(connection: Connection) -> psycopg.Connection[tuple[Any, ...]]:
    """The psycopg connection that runs inside `connection`'s transaction."""
    return cast("psycopg.Connection[tuple[Any, ...]]", connection.connection.driver_connection)


def copy_rows(connection: Connection, target: str, rows: Iterable[Sequence[object]]) -> None:
    """Adds `rows` to `target`, written like `events (stream_id, type)`."""
    # SQLAlchemy begins lazily, on its first own statement; ours must be inside the same transaction.
    _begin(connection)
    with driver(connection).cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def run(connection: Connection, statement: str, parameters: Mapping[str, object] | None = None) -> int:
    """Runs a statement with psycopg's `%(name)s` places; lists should be `%(name)b` (binary). Rows touched."""
    _begin(connection)
    with driver(connection).cursor() as cursor:
        cursor.execute(statement.encode(), parameters)
        return cursor.rowcount


def fetch(
    connection: Connection,
    statement: str,
    parameters: Mapping[str, object] | None = None,
) -> list[tuple[Any, ...]]:
    """The rows of a statement with psycopg's places."""
    _begin(connection)
    with driver(connection).cursor() as cursor:
        cursor.execute(statement.encode(), parameters)
        return cursor.fetchall()


def _begin(connection: Connection) -> None:
    if not connection.in_transaction():
        connection.begin()
