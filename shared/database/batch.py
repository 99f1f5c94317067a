"""Rows by the batch on the psycopg connection under SQLAlchemy's transaction.

One statement per table and batch: COPY where rows are only added, `unnest` of arrays where they are
looked up or merged. SQLAlchemy's own executemany costs three to four times as much.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from shared.database.together import Together, insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import psycopg
    from sqlalchemy import Connection


def driver(connection: Connection) -> psycopg.Connection[tuple[Any, ...]]:
    """The psycopg connection that runs inside `connection`'s transaction."""
    return cast("psycopg.Connection[tuple[Any, ...]]", connection.connection.driver_connection)


def copy_rows(
    connection: Connection,
    target: str,
    rows: Iterable[Sequence[object]],
    *,
    types: Sequence[str] | None = None,
) -> None:
    """Adds `rows` to `target`, written like `events (stream_id, type)`.

    With `types` (a PostgreSQL type per column) the rows travel in binary: for columns of bytes, which as text
    would be twice as long.
    """
    waiting = _waiting(connection)
    if waiting is not None:
        few = list(rows)
        if few:
            write(connection, target.partition(" ")[0], *insert(target, few))
        return
    # SQLAlchemy begins lazily, on its first own statement; ours must be inside the same transaction.
    _begin(connection)
    how = "(format binary)" if types else ""
    with driver(connection).cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN {how}".encode()) as copy:
        if types:
            copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def write(connection: Connection, table: str, statement: str, parameters: Mapping[str, object]) -> None:
    """As `run`, for a statement that changes `table` alone and of which nobody needs to know how many rows it touched.

    Inside `together` it waits for others, and must not read what they change.
    """
    waiting = _waiting(connection)
    if waiting is None:
        run(connection, statement, parameters)
        return
    if waiting.holds(table):
        _send(connection, waiting)
    waiting.add(table, statement, parameters)


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Inside, what `write` and `copy_rows` change goes to the server as one statement per round of different tables.

    It is sent when the block ends, and before `run` or `fetch`, which see all that was written before them. For a few
    rows: many are cheaper with COPY.
    """
    waiting = connection.info[_TOGETHER] = Together()
    try:
        yield
        _send(connection, waiting)
    finally:
        del connection.info[_TOGETHER]


def run(connection: Connection, statement: str, parameters: Mapping[str, object] | None = None) -> int:
    """Runs a statement with psycopg's `%(name)s` places; lists should be `%(name)b` (binary). Rows touched."""
    _begin(connection)
    _send(connection, _waiting(connection))
    with driver(connection).cursor() as cursor:
        cursor.execute(statement.encode(), _with_literals(parameters))
        return cursor.rowcount


def fetch(
    connection: Connection,
    statement: str,
    parameters: Mapping[str, object] | None = None,
    *,
    binary: bool = False,
) -> list[tuple[Any, ...]]:
    """The rows of a statement with psycopg's places; `binary` for rows that are mostly bytes."""
    _begin(connection)
    _send(connection, _waiting(connection))
    with driver(connection).cursor(binary=binary) as cursor:
        cursor.execute(statement.encode(), _with_literals(parameters))
        return cursor.fetchall()


_TOGETHER = "regulars.together"


def _waiting(connection: Connection) -> Together | None:
    return connection.info.get(_TOGETHER)


def _send(connection: Connection, waiting: Together | None) -> None:
    taken = waiting.take() if waiting is not None else None
    if taken is not None:
        run(connection, *taken)


def _with_literals(parameters: Mapping[str, object] | None) -> Mapping[str, object] | None:
    if parameters is None:
        return None
    return {name: array(value) if isinstance(value, list) else value for name, value in parameters.items()}


def array(values: list[Any]) -> list[Any] | str:
    """A list as PostgreSQL writes arrays, made in one go; or the list itself where that is not simply safe.

    psycopg turns lists into arrays one item at a time, in Python: half a microsecond each, and a batch has tens of
    thousands. Numbers, ids and days need no quoting; texts are quoted when none holds a quote or a backslash.
    """
    kinds = set(map(type, values))
    if kinds == {UUID}:
        # Without hyphens: PostgreSQL reads both, and Python writes this three times as fast.
        return f"{{{','.join([value.hex for value in values])}}}"
    nulls = type(None) in kinds
    kinds.discard(type(None))
    if kinds <= _PLAIN:
        if nulls:
            return f"{{{','.join(['null' if value is None else str(value) for value in values])}}}"
        return f"{{{','.join(map(str, values))}}}"
    if kinds == {str} and not nulls:
        joined = _BETWEEN.join(values)
        if '"' not in joined and "\\" not in joined and joined.count(_BETWEEN) == len(values) - 1:
            quoted = joined.replace(_BETWEEN, '","')
            return f'{{"{quoted}"}}'
    return values


# What str() writes in the characters that array syntax leaves alone.
_PLAIN = {int, UUID, date}
_BETWEEN = "\x1f"


def _begin(connection: Connection) -> None:
    if not connection.in_transaction():
        connection.begin()
