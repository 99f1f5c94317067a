"""Reads the directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from services.customers.read_models.customer_directory.table import CUSTOMER_DIRECTORY
from services.customers.read_models.customer_directory.view import CustomerEntry, CustomerPage
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.access.visibility import Visible

_FIELDS = tuple(CustomerEntry.model_fields)


def find(connection: Connection, customer_id: UUID) -> CustomerEntry | None:
    """One customer."""
    rows = connection.execute(
        select(CUSTOMER_DIRECTORY).where(CUSTOMER_DIRECTORY.c.customer_id == customer_id),
    ).mappings()
    return next((CustomerEntry.model_validate(row) for row in rows), None)


def page(connection: Connection, seen: Visible, *, after: UUID | None, limit: int) -> CustomerPage:
    """`limit` customers of those `seen`, by id, after `after`; ids made as UUIDv7 are in order of time."""
    rows = fetch(
        connection,
        f"""
        select {", ".join(_FIELDS)} from customer_directory
        where (%(after)s::uuid is null or customer_id > %(after)s) and {seen.sql} order by customer_id limit %(limit)s
        """,
        {"after": after, "limit": limit + 1, **seen.parameters},
    )
    entries = [CustomerEntry(**dict(zip(_FIELDS, row, strict=True))) for row in rows]
    return CustomerPage(
        items=entries[:limit],
        next_cursor=entries[limit - 1].customer_id if len(entries) > limit else None,
    )


def among(connection: Connection, seen: Visible, customer_ids: Collection[UUID]) -> set[UUID]:
    """Those of `customer_ids` that are `seen`, whether there are such customers or not."""
    rows = fetch(
        connection,
        f"select customer_id from unnest(%(ids)b::uuid[]) as asked(customer_id) where {seen.sql}",
        {"ids": list(customer_ids), **seen.parameters},
    )
    return {customer_id for (customer_id,) in rows}
