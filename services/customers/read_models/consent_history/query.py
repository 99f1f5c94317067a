"""Reads consents: what holds, and what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from services.customers.read_models.consent_history.table import CONSENT_HISTORY
from services.customers.read_models.consent_history.view import ConsentChange, CurrentConsent

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

_C = CONSENT_HISTORY.c


def current(connection: Connection, customer_id: UUID, *, at_version: int) -> list[CurrentConsent]:
    """What the customer agrees to as of the stream's version `at_version`."""
    latest = (
        select(CONSENT_HISTORY)
        .where(_C.customer_id == customer_id, _C.version <= at_version)
        .ext(distinct_on(_C.purpose, _C.channel))
        .order_by(_C.purpose, _C.channel, _C.version.desc())
    )
    rows = connection.execute(latest).mappings()
    return [CurrentConsent.model_validate(row) for row in rows if row["given"]]


def history(
    connection: Connection,
    customer_id: UUID,
    *,
    after: int,
    at_version: int,
    limit: int,
) -> tuple[list[ConsentChange], int | None]:
    """Changes in order, from behind the version `after`, and the cursor of the next page if there is one."""
    statement = (
        select(CONSENT_HISTORY)
        .where(_C.customer_id == customer_id, _C.version > after, _C.version <= at_version)
        .order_by(_C.version)
        .limit(limit + 1)
    )
    changes = [ConsentChange.model_validate(row) for row in connection.execute(statement).mappings()]
    return changes[:limit], changes[limit - 1].version if len(changes) > limit else None
