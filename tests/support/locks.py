"""Seeing that another connection waits, instead of hoping that it does by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database.batch import fetch

if TYPE_CHECKING:
    from sqlalchemy import Engine


def somebody_waits(engine: Engine) -> bool:
    """Whether any connection to this database waits for a lock."""
    with engine.begin() as connection:
        waiting = fetch(
            connection,
            """
            select from pg_locks l join pg_stat_activity a using (pid)
            where not l.granted and a.datname = current_database()
            """,
        )
    return bool(waiting)
