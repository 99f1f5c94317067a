"""Reads who is in a segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database.batch import fetch

if TYPE_CHECKING:
    from sqlalchemy import Connection


def segment_size(connection: Connection, segment: str | None) -> int:
    """How many members are in a segment now; with None, how many members there are."""
    if segment is None:
        return int(fetch(connection, "select count(*) from registered_members")[0][0])
    rows = fetch(
        connection,
        "select count(*) from segment_members where segment = %(segment)s and inside",
        {"segment": segment},
    )
    return int(rows[0][0])
