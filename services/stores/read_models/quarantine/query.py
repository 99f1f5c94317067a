"""Reads `quarantine`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, tuple_

from services.stores.read_models.quarantine.table import QUARANTINE
from services.stores.read_models.quarantine.view import QuarantineEntry, QuarantinePage
from services.stores.read_models.reach import within
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from services.stores.read_models.reach import Reach

_PLACE = (QUARANTINE.c.receipt_id, QUARANTINE.c.version)
_CURSOR = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9]{1,9})")


def page(
    connection: Connection,
    reach: Reach,
    *,
    store_id: str | None,
    cursor: str | None,
    limit: int,
) -> QuarantinePage:
    """`limit` contents by receipt and version, of one store or of all within `reach`.

    Raises `InvalidInput` for another list's cursor.
    """
    statement = select(QUARANTINE).where(within(QUARANTINE.c.store_id, reach)).order_by(*_PLACE).limit(limit + 1)
    if store_id is not None:
        statement = statement.where(QUARANTINE.c.store_id == store_id)
    if cursor is not None:
        statement = statement.where(tuple_(*_PLACE) > _place_of(cursor))
    entries = [QuarantineEntry.model_validate(row) for row in connection.execute(statement)]
    last = entries[limit - 1] if len(entries) > limit else None
    return QuarantinePage(items=entries[:limit], next_cursor=last and f"{last.receipt_id}.{last.version}")


def _place_of(cursor: str) -> tuple[UUID, int]:
    place = _CURSOR.fullmatch(cursor)
    if place is None:
        raise InvalidInput(f"cursor {cursor!r} is not one of this list's; begin without", field="cursor")
    return UUID(place[1]), int(place[2])
