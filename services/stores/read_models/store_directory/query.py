"""Reads `store_directory`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from services.stores.read_models.reach import within
from services.stores.read_models.store_directory.table import STORE_DIRECTORY
from services.stores.read_models.store_directory.view import StoreEntry, StorePage

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.stores.read_models.reach import Reach

_COLUMNS = STORE_DIRECTORY.c
_ENTRY = select(_COLUMNS.store_id.label("store"), *(column for column in _COLUMNS if column.name != "store_id"))


def find(connection: Connection, store_id: str) -> StoreEntry | None:
    """One store."""
    row = connection.execute(_ENTRY.where(_COLUMNS.store_id == store_id)).one_or_none()
    return None if row is None else StoreEntry.model_validate(row)


def page(connection: Connection, reach: Reach, *, after: str | None, limit: int) -> StorePage:
    """`limit` stores within `reach` by code, the first ones or those after `after`."""
    statement = _ENTRY.where(within(_COLUMNS.store_id, reach)).order_by(_COLUMNS.store_id).limit(limit + 1)
    if after is not None:
        statement = statement.where(_COLUMNS.store_id > after)
    entries = [StoreEntry.model_validate(row) for row in connection.execute(statement)]
    return StorePage(items=entries[:limit], next_cursor=entries[limit - 1].store if len(entries) > limit else None)
