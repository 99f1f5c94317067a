"""Sales to purchases and facts, a batch with a few statements, equal rows for any order and any repetition.

A receipt's newest version stands, its lines are those of its newest whole document, and returns are collected; so any
order ends in the same row. What is heard of a receipt for the first time is added to the member's sums;
where a known receipt changed, that member's sums are taken anew from her purchases. So a batch costs what it
holds, not what its members ever bought, except for members who bring something back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from services.segmentation.read_models.member_facts.heard import VIEWS, Purchases, SaleView, heard_in
from services.segmentation.read_models.member_facts.lines import CODES
from shared.database.batch import fetch, run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.messaging.message import Message

__all__ = ["VIEWS", "SaleView", "apply_sales", "project", "prune", "remove_members"]


def project(connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[SaleView]]) -> None:
    """Applies `batch` to the tables named by `tables`."""
    apply_sales(connection, tables, batch)


def apply_sales(
    connection: Connection,
    tables: Mapping[str, str],
    batch: Sequence[Message[SaleView]],
) -> Collection[UUID]:
    """Applies `batch` and tells whose facts changed; their rows in `member_facts` are locked from here on.

    Sales of nobody and of erased customers leave no trace.
    """
    heard = heard_in(batch)
    if not heard:
        return ()
    added, known = _add_purchases(connection, tables["purchases"], heard)
    changed = _change_purchases(connection, tables["purchases"], known) if known else set()
    sums = _sums(added, changed)
    if sums:
        _add_to_facts(connection, tables["member_facts"], sums)
    if changed:
        _sum_again(connection, tables, changed)
    return sums.keys()


def remove_members(connection: Connection, tables: Mapping[str, str], customers: Collection[UUID]) -> None:
    """Removes everything of `customers`; their locks are taken first, in the order that every writer takes them."""
    these = {"customers": list(customers)}
    run(
        connection,
        f"select 1 from {tables['member_facts']} where customer_id in (select unnest(%(customers)b::uuid[]))"
        " order by customer_id for update",
        these,
    )
    for table in ("purchases", "member_facts"):
        run(
            connection,
            f"delete from {tables[table]} where customer_id in (select unnest(%(customers)b::uuid[]))",
            these,
        )


def prune(connection: Connection, tables: Mapping[str, str]) -> None:
    """Removes everything of everybody who was ever erased."""
    for table in ("purchases", "member_facts"):
        run(connection, f"delete from {tables[table]} where customer_id in (select customer_id from erased_customers)")


def _columns(purchases: Purchases) -> dict[str, object]:
    heard = list(purchases.values())
    sales = [receipt.sale for receipt in heard]
    lines, products, categories, amounts = zip(*(receipt.lines for receipt in heard), strict=True)
    return {
        "customers": [customer_id for customer_id, _ in purchases],
        "receipts": [receipt_id for _, receipt_id in purchases],
        "versions": [sale.receipt_version for sale in sales],
        "dates": [sale.business_date for sale in sales],
        "amounts": [sale.net_minor for sale in sales],
        "counted": [receipt.counts for receipt in heard],
        "stores": [sale.store_id for sale in sales],
        "documents": [receipt.document.receipt_version if receipt.document else 0 for receipt in heard],
        "lines": list(lines),
        "products": list(products),
        "categories": list(categories),
        "line_amounts": list(amounts),
        "came_back": [orjson.dumps(r.came_back).decode() if r.came_back else None for r in heard],
    }


# The lines of a receipt travel as one text per column: arrays inside of an array would all have to be of one length.
_ARRIVED = f"""
(select customer_id, receipt_id, version, business_date, net_minor, counted, store_id, document_version,
        lines::int[], {CODES.format("products")} as products, {CODES.format("categories")} as categories,
        amounts::bigint[], came_back::jsonb
 from unnest(%(customers)b::uuid[], %(receipts)b::uuid[], %(versions)b::int[], %(dates)b::date[],
             %(amounts)b::bigint[], %(counted)b::bool[], %(stores)b::text[], %(documents)b::int[],
             %(lines)b::text[], %(products)b::text[], %(categories)b::text[], %(line_amounts)b::text[],
             %(came_back)b::text[])
   as w(customer_id, receipt_id, version, business_date, net_minor, counted, store_id, document_version,
        lines, products, categories, amounts, came_back)) a
"""


def _add_purchases(connection: Connection, table: str, purchases: Purchases) -> tuple[Purchases, Purchases]:
    """Adds what was never heard of; gives what it added, and what is known or of the erased."""
    rows = fetch(
        connection,
        f"""
        insert into {table} (customer_id, receipt_id, version, business_date, net_minor, counted, store_id,
                             document_version, lines, products, categories, amounts, came_back)
        select a.* from {_ARRIVED}
        where not exists (select from erased_customers e where e.customer_id = a.customer_id)
        on conflict do nothing returning customer_id, receipt_id
        """,
        _columns(purchases),
    )
    if len(rows) == len(purchases):
        return purchases, {}
    new = set(rows)
    added = {key: heard for key, heard in purchases.items() if key in new}
    return added, {key: heard for key, heard in purchases.items() if key not in new}


def _change_purchases(connection: Connection, table: str, purchases: Purchases) -> set[UUID]:
    rows = fetch(
        connection,
        f"""
        update {table} p
        set (version, business_date, net_minor, counted, store_id) = (
              select n.version, n.business_date, n.net_minor, n.counted, n.store_id
              from (values (false, p.version, p.business_date, p.net_minor, p.counted, p.store_id),
                           (true, a.version, a.business_date, a.net_minor, a.counted, a.store_id))
                as n(newer, version, business_date, net_minor, counted, store_id)
              where n.newer = (p.version < a.version)),
            (document_version, lines, products, categories, amounts) = (
              select n.document_version, n.lines, n.products, n.categories, n.amounts
              from (values (false, p.document_version, p.lines, p.products, p.categories, p.amounts),
                           (true, a.document_version, a.lines, a.products, a.categories, a.amounts))
                as n(newer, document_version, lines, products, categories, amounts)
              where n.newer = (p.document_version < a.document_version)),
            came_back = case when a.came_back is null then p.came_back
                             else coalesce(p.came_back, '{{}}') || a.came_back end
        from {_ARRIVED}
        where p.customer_id = a.customer_id and p.receipt_id = a.receipt_id
          and (p.version < a.version or p.document_version < a.document_version
               or not coalesce(p.came_back, '{{}}') @> coalesce(a.came_back, '{{}}'))
        returning p.customer_id
        """,
        _columns(purchases),
    )
    return {customer_id for (customer_id,) in rows}


class _Sum:
    """What a batch adds to one member's facts."""

    __slots__ = ("last", "receipts", "sales_minor")

    def __init__(self) -> None:
        self.last: date | None = None
        self.receipts = 0
        self.sales_minor = 0


def _sums(added: Purchases, changed: Iterable[UUID]) -> dict[UUID, _Sum]:
    """Per member what was added; nothing for those who only changed, so that their rows are locked too."""
    sums: dict[UUID, _Sum] = {customer_id: _Sum() for customer_id in changed}
    for (customer_id, _), heard in added.items():
        total = sums.get(customer_id)
        if total is None:
            total = sums[customer_id] = _Sum()
        if heard.counts:
            sale = heard.sale
            total.receipts += 1
            total.sales_minor += sale.net_minor
            if total.last is None or total.last < sale.business_date:
                total.last = sale.business_date
    return dict(sorted(sums.items(), key=lambda item: item[0].int)) if changed else sums


def _add_to_facts(connection: Connection, table: str, sums: Mapping[UUID, _Sum]) -> None:
    run(
        connection,
        f"""
        insert into {table} as f (customer_id, last_business_date, receipts, sales_minor)
        select * from unnest(%(customers)b::uuid[], %(dates)b::date[], %(receipts)b::bigint[], %(amounts)b::bigint[])
        on conflict (customer_id) do update
          set last_business_date = greatest(f.last_business_date, excluded.last_business_date),
              receipts = f.receipts + excluded.receipts, sales_minor = f.sales_minor + excluded.sales_minor
        """,
        {
            "customers": list(sums),
            "dates": [total.last for total in sums.values()],
            "receipts": [total.receipts for total in sums.values()],
            "amounts": [total.sales_minor for total in sums.values()],
        },
    )


def _sum_again(connection: Connection, tables: Mapping[str, str], customers: Iterable[UUID]) -> None:
    run(
        connection,
        f"""
        update {tables["member_facts"]} f
        set last_business_date = s.last, receipts = s.receipts, sales_minor = s.sales_minor
        from (
          select customer_id, max(business_date) filter (where counted) as last,
                 count(*) filter (where counted) as receipts,
                 coalesce(sum(net_minor) filter (where counted), 0) as sales_minor
          from {tables["purchases"]} where customer_id in (select unnest(%(customers)b::uuid[])) group by customer_id
        ) s where f.customer_id = s.customer_id
        """,
        {"customers": list(customers)},
    )
