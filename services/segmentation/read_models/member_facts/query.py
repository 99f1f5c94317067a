"""Questions about facts: one member's now, many members' as of a date, and where the fifths of all lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.segmentation.domain.scores import FIFTHS, Cuts, Facts
from services.segmentation.read_models.member_facts.view import MemberFactsView
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection


def member_facts(connection: Connection, customer_id: UUID) -> MemberFactsView | None:
    """A member's facts as they stand, or None if no sale of hers was ever heard of."""
    rows = fetch(
        connection,
        "select last_business_date, receipts, sales_minor from member_facts where customer_id = %(customer)s",
        {"customer": customer_id},
    )
    if not rows:
        return None
    last, receipts, sales_minor = rows[0]
    return MemberFactsView(last_business_date=last, receipts=receipts, sales_minor=sales_minor)


# Whoever bought nothing after the date has her sums ready; only the others' purchases are read.
_FACTS_AS_OF = """
select f.customer_id, %(as_of)s::date - f.last_business_date as recency_days, f.receipts, f.sales_minor
from member_facts f where f.receipts > 0 and f.last_business_date <= %(as_of)s::date {these}
union all
select p.customer_id, %(as_of)s::date - max(p.business_date), count(*), sum(p.net_minor)::bigint
from member_facts f join purchases p using (customer_id)
where f.last_business_date > %(as_of)s::date and p.counted and p.business_date <= %(as_of)s::date {these}
group by p.customer_id
"""
_ALL = _FACTS_AS_OF.format(these="")
_SOME = _FACTS_AS_OF.format(these="and f.customer_id in (select unnest(%(customers)b::uuid[]))")


def facts_as_of(connection: Connection, as_of: date, customers: Collection[UUID]) -> list[Facts]:
    """The facts of those of `customers` who have a counted purchase on or before `as_of`."""
    rows = fetch(connection, _SOME, {"as_of": as_of, "customers": list(customers)})
    return [Facts(*row) for row in rows]


def cuts_as_of(connection: Connection, as_of: date) -> Cuts:
    """The cuts of the facts of all, exactly: values are grouped, their members counted up from the worst.

    Recency is negated on the way, so that more is better in every dimension.
    """
    rows = fetch(
        connection,
        f"""
        with facts as materialized ({_ALL}),
        spread as (
          select dimension, value, sum(count(*)) over (partition by dimension order by value) as at_or_worse
          from facts cross join lateral (values ('recency', -recency_days::bigint), ('frequency', receipts),
                                                ('money', sales_minor)) as v(dimension, value)
          group by dimension, value
        ),
        population as (select count(*) as n from facts)
        select n, dimension, k, min(value)
        from population cross join spread cross join generate_series(1, {FIFTHS - 1}) as k
        where {FIFTHS} * at_or_worse >= k * n
        group by n, dimension, k order by dimension, k
        """,
        {"as_of": as_of},
    )
    values: dict[str, list[int]] = {"recency": [], "frequency": [], "money": []}
    for _, dimension, _, value in rows:
        values[dimension].append(value)
    return Cuts(
        as_of=as_of,
        population=rows[0][0] if rows else 0,
        recency=tuple(-value for value in values["recency"]),
        frequency=tuple(values["frequency"]),
        money=tuple(values["money"]),
    )


def lock_members(connection: Connection, *, after: UUID | None, limit: int) -> Sequence[UUID]:
    """The next members in order of their ids, their rows locked until the transaction ends."""
    rows = fetch(
        connection,
        "select customer_id from member_facts where %(after)s::uuid is null or customer_id > %(after)s::uuid"
        " order by customer_id limit %(limit)s for update",
        {"after": after, "limit": limit},
    )
    return [customer_id for (customer_id,) in rows]
