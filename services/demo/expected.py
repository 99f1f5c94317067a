"""What the year must come to, from the parquet files alone: no figure here has passed through a service.

Traps that this path has to avoid by itself: floats with dust (cents are rounded per line, points floored per
receipt on whole cents), times that are UTC (business dates are New York's), empty and zero-quantity lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.demo.journey import AS_OF, STORES_TIME_ZONE

if TYPE_CHECKING:
    from services.demo.journey import Journey


@dataclass(frozen=True, slots=True)
class ExpectedMember:
    """One household's year."""

    card: str
    receipts: int
    sales_minor: int
    points: int
    available: int
    last_business_date: str
    r: int
    f: int
    m: int


@dataclass(frozen=True, slots=True)
class ExpectedStore:
    """One store's year."""

    store: str
    receipts: int
    sales_minor: int


@dataclass(frozen=True)
class Expected:
    """Every figure that the services are held against."""

    totals: dict[str, int]
    members: dict[str, ExpectedMember]
    stores: dict[str, ExpectedStore]

    @property
    def cells(self) -> int:
        """How many of the 125 RFM cells have somebody in them."""
        return len({(member.r, member.f, member.m) for member in self.members.values()})


def expect(journey: Journey) -> Expected:
    """The figures of the journey's cut, as of 2017-12-31.

    Points: one per whole dollar of the receipt, floored per receipt; none has expired by then. Scores: tied,
    1 + floor(5 * strictly worse / members), no tie-break.
    """
    db = journey.data
    db.execute(
        f"""
        create or replace table expected_receipts as
        select basket_id, household_id, store_id, lines, cents, cents // 100 as points,
               cast((sold_at at time zone 'UTC') at time zone '{STORES_TIME_ZONE}' as date) as business_date
        from baskets join (
          select basket_id, count(*) as lines, sum(cast(round(sales_value * 100) as bigint))::bigint as cents
          from transactions group by basket_id) using (basket_id)
        """,
    )
    receipts, lines, sales, points, members, stores = db.execute(
        """
        select count(*), coalesce(sum(lines), 0)::bigint, coalesce(sum(cents), 0)::bigint,
               coalesce(sum(points), 0)::bigint, count(distinct household_id), count(distinct store_id)
        from expected_receipts
        """,
    ).fetchall()[0]
    rows = db.execute(
        f"""
        with facts as (
          select household_id, count(*) as f, sum(cents)::bigint as m, sum(points)::bigint as points,
                 max(business_date) as last, date '{AS_OF}' - max(business_date) as r
          from expected_receipts group by household_id)
        select household_id::varchar, f, m, points, last::varchar,
               1 + (5 * (select count(*) from facts o where o.r > facts.r)) // (select count(*) from facts),
               1 + (5 * (select count(*) from facts o where o.f < facts.f)) // (select count(*) from facts),
               1 + (5 * (select count(*) from facts o where o.m < facts.m)) // (select count(*) from facts)
        from facts
        """,
    ).fetchall()
    by_store = db.execute(
        "select store_id::varchar, count(*), sum(cents)::bigint from expected_receipts group by store_id",
    ).fetchall()
    return Expected(
        totals={
            "receipts": receipts,
            "lines": lines,
            "sales_minor": sales,
            "points_issued": points,
            "members": members,
            "stores": stores,
        },
        members={
            card: ExpectedMember(card, f_count, money, earned, earned, last, r, f, m)
            for card, f_count, money, earned, last, r, f, m in rows
        },
        stores={store: ExpectedStore(store, count, cents) for store, count, cents in by_store},
    )
