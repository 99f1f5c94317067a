"""Erased customers: remembered for ever, so that no later sale and no rebuild brings anything of them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database.batch import run

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy import Connection


def hold_erasures(connection: Connection) -> None:
    """Lets no erasure begin until the transaction ends, and waits for one that has begun.

    Without it a batch of sales, having looked at the erased, could add a purchase that the erasure does not see.
    """
    run(connection, "lock table erased_customers in row share mode")


def remember_erased(connection: Connection, customers: Collection[UUID]) -> None:
    """Adds `customers` to the erased. Sales wait until the transaction ends, and then know it."""
    run(connection, "lock table erased_customers in exclusive mode")
    run(
        connection,
        "insert into erased_customers (customer_id) select * from unnest(%(customers)b::uuid[]) on conflict do nothing",
        {"customers": list(customers)},
    )
