"""Erased customers: remembered for ever, so that no late fact and no rebuild brings anything of them back.

For services whose read models skip whoever is in their own table `erased_customers`, which is kept outside of rebuilds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from shared.database.batch import run

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy import Connection


def hold_erasures(connection: Connection) -> None:
    """Lets no erasure begin until the transaction ends, and waits for one that has begun.

    Without it somebody who has looked at the erased could add a row that the erasure does not see.
    """
    run(connection, "lock table erased_customers in row share mode")


def erased_among(connection: Connection, customers: Collection[UUID]) -> list[UUID]:
    """Those of `customers` who were erased, by their ids. To be relied on, hold erasures first."""
    found = "select customer_id from erased_customers where customer_id = any(:customers) order by customer_id"
    return list(connection.execute(text(found), {"customers": list(customers)}).scalars())


def remember_erased(connection: Connection, customers: Collection[UUID]) -> None:
    """Adds `customers` to the erased. Whoever holds erasures waits until the transaction ends, and then knows it."""
    run(connection, "lock table erased_customers in exclusive mode")
    run(
        connection,
        "insert into erased_customers (customer_id) select * from unnest(%(customers)b::uuid[]) on conflict do nothing",
        {"customers": list(customers)},
    )
