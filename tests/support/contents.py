"""What all tables hold, in a few bytes: whether a call has changed anything, anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from services.processes import EVERY_SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conftest import Database


def contents(database: Database) -> dict[str, str]:
    """A digest of every table of every service."""
    with database.superuser().connect() as connection:
        tables = connection.execute(
            text("select schemaname || '.' || tablename from pg_tables where schemaname = any(:names)"),
            {"names": list(EVERY_SERVICE)},
        ).scalars()
        digest = "select '{0}', count(*) || '/' || coalesce(sum(hashtextextended(t::text, 0)), 0) from {0} t"
        found = connection.exec_driver_sql(" union all ".join(digest.format(name) for name in tables))
        return {name: said for name, said in found}  # noqa: C416 - rows are no pairs to a type checker


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """The tables that are not as they were."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
