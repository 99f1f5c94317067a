"""Records to which the business said no, as operators see them: by code and reason, without what was in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.database.batch import fetch

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Refused:
    """One refused record."""

    consumer: str
    type: str
    code: str
    detail: str
    refused_at: datetime


def list_refused(connection: Connection, consumer: str | None = None, *, limit: int = 100) -> list[Refused]:
    """The newest refused records, of one consumer or of all."""
    rows = fetch(
        connection,
        "select consumer, type, code, detail, refused_at from refused"
        " where %(consumer)s::text is null or consumer = %(consumer)s order by id desc limit %(limit)s",
        {"consumer": consumer, "limit": limit},
    )
    return [Refused(*row) for row in rows]
