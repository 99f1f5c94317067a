"""Reads the directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from services.customers.read_models.customer_directory.table import CUSTOMER_DIRECTORY
from services.customers.read_models.customer_directory.view import CustomerEntry, CustomerPage

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection


def find(connection: Connection, customer_id: UUID) -> CustomerEntry | None:
    """One customer."""
    rows = connection.execute(
        select(CUSTOMER_DIRECTORY).where(CUSTOMER_DIRECTORY.c.customer_id == customer_id),
    ).mappings()
    return next((CustomerEntry.model_validate(row) for row in rows), None)


def page(connection: Connection, *, after: UUID | None, limit: int) -> CustomerPage:
    """`limit` customers by id, the first ones or those after `after`; ids made as UUIDv7 are in order of time."""
    statement = select(CUSTOMER_DIRECTORY).order_by(CUSTOMER_DIRECTORY.c.customer_id).limit(limit + 1)
    if after is not None:
        statement = statement.where(CUSTOMER_DIRECTORY.c.customer_id > after)
    entries = [CustomerEntry.model_validate(row) for row in connection.execute(statement).mappings()]
    return CustomerPage(
        items=entries[:limit],
        next_cursor=entries[limit - 1].customer_id if len(entries) > limit else None,
    )
