"""A fact of a timeline, and how a batch of them is added."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import orjson

from shared.database.batch import run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection


class Fact(NamedTuple):
    """One thing that happened with a customer. Facts are never changed: the source event's id is their key."""

    customer_id: UUID
    occurred_at: datetime
    event_id: UUID
    kind: str
    store_id: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    points: int | None = None
    about: UUID | None = None
    """The receipt, campaign, message or complaint that it is about."""
    details: Mapping[str, str | None] | None = None
    """Codes of the kinds that have more to say."""


def add_facts(connection: Connection, table: str, facts: Sequence[Fact]) -> None:
    """Adds those that are not there yet, but for erased customers'."""
    if not facts:
        return
    customers, times, ids, kinds, stores, amounts, currencies, points, abouts, details = zip(*facts, strict=True)
    run(
        connection,
        f"""
        insert into {table} (customer_id, occurred_at, event_id, kind, store_id, amount_minor, currency, points, about,
                             details)
        select a.customer_id, a.occurred_at, a.event_id, a.kind, a.store_id, a.amount_minor, a.currency, a.points,
               a.about, a.details::jsonb
        from unnest(%(customers)b::uuid[], %(times)b::timestamptz[], %(ids)b::uuid[], %(kinds)b::text[],
                    %(stores)b::text[], %(amounts)b::bigint[], %(currencies)b::text[], %(points)b::bigint[],
                    %(abouts)b::uuid[], %(details)b::text[])
          as a(customer_id, occurred_at, event_id, kind, store_id, amount_minor, currency, points, about, details)
        where not exists (select from erased_members e where e.customer_id = a.customer_id)
        on conflict do nothing
        """,
        {
            "customers": list(customers),
            "times": list(times),
            "ids": list(ids),
            "kinds": list(kinds),
            "stores": list(stores),
            "amounts": list(amounts),
            "currencies": list(currencies),
            "points": list(points),
            "abouts": list(abouts),
            "details": [None if said is None else orjson.dumps(said).decode() for said in details],
        },
    )


def remove_facts(connection: Connection, table: str, customers: Collection[UUID]) -> None:
    """Removes everything of `customers`."""
    run(connection, f"delete from {table} where customer_id = any(%(ids)b::uuid[])", {"ids": list(customers)})
