"""Sales to rows: each receipt of each member as its newest version says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from uuid import UUID

from pydantic import AwareDatetime

from services.campaigns.read_models.member_sales.table import MEMBER_SALES
from shared.contracts.base import BusinessDate, Currency, Version, View, WholeNumber
from shared.contracts.stores import SaleAttributed, SaleDetached, SaleRecorded, SaleReturned, SaleVoided
from shared.database.batch import run
from shared.kernel.text import Code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from shared.messaging.message import Message


class SaleView(View):
    """What results need of a sale."""

    receipt_id: UUID
    receipt_version: Version
    customer_id: UUID | None
    store_id: Code
    business_date: BusinessDate
    occurred_at: AwareDatetime
    net_minor: WholeNumber
    currency: Currency
    standing: Literal["kept", "returned", "voided"]


VIEWS: dict[str, type[View]] = {
    event.type: SaleView for event in (SaleRecorded, SaleAttributed, SaleDetached, SaleReturned, SaleVoided)
}
TABLES = (MEMBER_SALES,)


def project(connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[SaleView]]) -> None:
    """Applies `batch`: one statement. Sales of nobody and of erased members leave no trace."""
    newest: dict[tuple[UUID, UUID], Message[SaleView]] = {}
    for message in batch:
        sale = message.body
        if sale.customer_id is None:
            continue
        key = (sale.customer_id, sale.receipt_id)
        held = newest.get(key)
        if held is None or held.body.receipt_version < sale.receipt_version:
            newest[key] = message
    if not newest:
        return
    sales = [message.body for message in newest.values()]
    run(
        connection,
        f"""
        insert into {tables[MEMBER_SALES.name]} as s
          (customer_id, receipt_id, version, occurred_at, business_date, store_id, net_minor, currency, counted)
        select a.* from unnest(%(customers)b::uuid[], %(receipts)b::uuid[], %(versions)b::int[],
                               %(times)b::timestamptz[], %(dates)b::date[], %(stores)b::text[], %(amounts)b::bigint[],
                               %(currencies)b::text[], %(counted)b::bool[])
          as a(customer_id, receipt_id, version, occurred_at, business_date, store_id, net_minor, currency, counted)
        where not exists (select from erased_customers e where e.customer_id = a.customer_id)
        on conflict (customer_id, receipt_id) do update
          set version = excluded.version, occurred_at = excluded.occurred_at,
              business_date = excluded.business_date, store_id = excluded.store_id, net_minor = excluded.net_minor,
              currency = excluded.currency, counted = excluded.counted
        where s.version < excluded.version
        """,
        {
            "customers": [customer_id for customer_id, _ in newest],
            "receipts": [receipt_id for _, receipt_id in newest],
            "versions": [sale.receipt_version for sale in sales],
            "times": [sale.occurred_at for sale in sales],
            "dates": [sale.business_date for sale in sales],
            "stores": [sale.store_id for sale in sales],
            "amounts": [sale.net_minor for sale in sales],
            "currencies": [sale.currency for sale in sales],
            "counted": [_counts(message) for message in newest.values()],
        },
    )


def _counts(message: Message[SaleView]) -> bool:
    """Whether it is a visit of its member: one that came back whole, or is somebody else's, is none."""
    return message.body.standing == "kept" and message.type != SaleDetached.type
