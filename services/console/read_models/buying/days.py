"""Changed receipts to days of stores: each day is added what changed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from shared.database.batch import run

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import Connection

    from services.console.read_models.buying.heard import Change


def add_to_days(connection: Connection, table: str, changes: Collection[Change]) -> None:
    """Adds to the days named by `table`; those on which nothing counts any more go."""
    sums: defaultdict[tuple[str, date, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for old, new in changes:
        for receipt, sign in ((old, -1), (new, 1)):
            if receipt is not None and receipt.counted:
                total = sums[receipt.store_id, receipt.business_date, receipt.currency]
                total[0] += sign
                total[1] += sign * receipt.net_minor
                if receipt.of_member:
                    total[2] += sign
                    total[3] += sign * receipt.net_minor
    keys = sorted(key for key, total in sums.items() if any(total))
    if not keys:
        return
    days = dict(zip(("stores", "dates", "currencies"), map(list, zip(*keys, strict=True)), strict=True))
    columns = zip(*(sums[key] for key in keys), strict=True)
    run(
        connection,
        f"""
        insert into {table} as d (store_id, business_date, currency, receipts, sales_minor, member_receipts,
                                  member_sales_minor)
        select * from unnest({_DAYS}, %(receipts)b::bigint[], %(sales)b::bigint[], %(member_receipts)b::bigint[],
                             %(member_sales)b::bigint[])
        on conflict (store_id, business_date, currency) do update
          set receipts = d.receipts + excluded.receipts, sales_minor = d.sales_minor + excluded.sales_minor,
              member_receipts = d.member_receipts + excluded.member_receipts,
              member_sales_minor = d.member_sales_minor + excluded.member_sales_minor
        """,
        days | dict(zip(("receipts", "sales", "member_receipts", "member_sales"), map(list, columns), strict=True)),
    )
    if any(old for old, _ in changes):
        run(
            connection,
            f"""
            delete from {table} where receipts = 0
              and (store_id, business_date, currency) in (select * from unnest({_DAYS}))
            """,
            days,
        )


_DAYS = "%(stores)b::text[], %(dates)b::date[], %(currencies)b::text[]"
