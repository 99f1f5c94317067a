"""Sales to receipts, days and members' sums: three statements for a batch of new receipts.

A receipt's newest version stands, so any order and any repetition end in the same rows: days and members have rows for
what counts, and no rows of zeros. PostgreSQL gives back what a receipt was before and is now (`returning old, new`);
days are added the difference. A member's sums are added to as well, but taken anew from her receipts where one of them
changed: only so is known what her last purchase was before that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.console.read_models.buying.days import add_to_days
from services.console.read_models.buying.heard import VIEWS, Receipt, SaleView
from services.console.read_models.buying.member_sums import add_to_members, sum_again
from services.console.read_models.buying.table import MEMBER_BUYING, RECEIPTS, STORE_DAYS, TABLES
from shared.database.batch import fetch, run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from services.console.read_models.buying.heard import Change
    from shared.messaging.message import Message

__all__ = ["LIVE", "VIEWS", "SaleView", "project", "prune", "remove_members"]


def project(connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[SaleView]]) -> None:
    """Applies `batch` to the tables named by `tables`."""
    newest: dict[UUID, SaleView] = {}
    for message in batch:
        sale = message.body
        known = newest.get(sale.receipt_id)
        if known is None or known.receipt_version < sale.receipt_version:
            newest[sale.receipt_id] = sale
    if not newest:
        return
    changes = _keep(connection, tables[RECEIPTS.name], newest)
    add_to_days(connection, tables[STORE_DAYS.name], changes)
    changed = {r.customer_id for old, new in changes if old for r in (old, new) if r.customer_id}
    added = [new for old, new in changes if not old and new.counted and new.customer_id not in changed]
    add_to_members(connection, tables[MEMBER_BUYING.name], added)
    if changed:
        sum_again(connection, tables, changed)


def _keep(connection: Connection, table: str, newest: Mapping[UUID, SaleView]) -> list[Change]:
    """Keeps what is news, and tells it."""
    # In the order of their ids, so that two batches never wait for each other's rows.
    sales = sorted(newest.values(), key=lambda sale: sale.receipt_id.int)
    rows = fetch(
        connection,
        f"""
        insert into {table} as r (receipt_id, version, store_id, business_date, currency, net_minor, counted, of_member,
                                  customer_id)
        select a.receipt_id, a.version, a.store_id, a.business_date, a.currency, a.net_minor, a.counted,
               a.customer_id is not null, case when e.customer_id is null then a.customer_id end
        from unnest(%(receipts)b::uuid[], %(versions)b::int[], %(stores)b::text[], %(dates)b::date[],
                    %(currencies)b::text[], %(amounts)b::bigint[], %(counted)b::bool[], %(customers)b::uuid[])
          with ordinality
          as a(receipt_id, version, store_id, business_date, currency, net_minor, counted, customer_id, place)
        left join erased_customers e on e.customer_id = a.customer_id
        order by a.place
        on conflict (receipt_id) do update
          set (version, store_id, business_date, currency, net_minor, counted, of_member, customer_id) = row (
            excluded.version, excluded.store_id, excluded.business_date, excluded.currency, excluded.net_minor,
            excluded.counted, excluded.of_member, excluded.customer_id)
          where r.version < excluded.version
        returning new.receipt_id, new.customer_id, old.version, {_BEFORE}
        """,
        {
            "receipts": [sale.receipt_id for sale in sales],
            "versions": [sale.receipt_version for sale in sales],
            "stores": [sale.store_id for sale in sales],
            "dates": [sale.business_date for sale in sales],
            "currencies": [sale.currency for sale in sales],
            "amounts": [sale.net_minor for sale in sales],
            "counted": [sale.standing == "kept" for sale in sales],
            "customers": [sale.customer_id for sale in sales],
        },
    )
    return [
        (None if version is None else Receipt(*before), _receipt(newest[receipt_id], customer_id))
        for receipt_id, customer_id, version, *before in rows
    ]


_BEFORE = ", ".join(f"old.{name}" for name in Receipt._fields)


def _receipt(sale: SaleView, customer_id: UUID | None) -> Receipt:
    """As it is kept: of somebody who was erased it has no customer."""
    return Receipt(
        sale.store_id,
        sale.business_date,
        sale.currency,
        sale.net_minor,
        sale.standing == "kept",
        sale.customer_id is not None,
        customer_id,
    )


def remove_members(connection: Connection, tables: Mapping[str, str], customers: Collection[UUID]) -> None:
    """Removes everything of `customers`; what stores sold stays."""
    _forget(connection, tables, "in (select unnest(%(customers)b::uuid[]))", {"customers": list(customers)})


def prune(connection: Connection, tables: Mapping[str, str]) -> None:
    """Removes everything of everybody who was ever erased."""
    _forget(connection, tables, "in (select customer_id from erased_customers)", {})


def _forget(connection: Connection, tables: Mapping[str, str], who: str, parameters: Mapping[str, object]) -> None:
    receipts, members = tables[RECEIPTS.name], tables[MEMBER_BUYING.name]
    run(connection, f"update {receipts} set customer_id = null where customer_id {who}", parameters)
    run(connection, f"delete from {members} where customer_id {who}", parameters)


LIVE = {table.name: table.name for table in TABLES}
