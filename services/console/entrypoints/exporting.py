"""A list of members as CSV, made while it is sent: a page of rows in memory, however long the list is."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from services.console.read_models.members.query import list_members
from services.console.read_models.members.view import MemberRow
from shared.database.engine import reading
from shared.kernel.spreadsheets import as_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from services.console.read_models.members.filters import Place, Sort
    from services.console.read_models.members.query import Asked

PAGE = 1_000
_COLUMNS = tuple(MemberRow.model_fields)


def as_csv(engine: Engine, asked: Asked, sort: Sort) -> Iterator[str]:
    """A header, then a line per member, in pieces of a page each."""
    yield _lines([list(_COLUMNS)])
    after: Place | None = None
    while True:
        with reading(engine) as connection:
            rows, after = list_members(connection, asked, sort, after=after, limit=PAGE)
        yield _lines([_cell(value) for value in row.model_dump(mode="json").values()] for row in rows)
        if after is None:
            return


def _cell(value: object) -> object:
    if isinstance(value, list):
        return as_cell(" ".join(value))
    return as_cell(value) if isinstance(value, str) else value


def _lines(rows: Iterator[list[object]] | list[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()
