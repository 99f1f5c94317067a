"""Sales to the last day on which each member bought. Days only grow, so order and repetition do not matter."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from services.notifications.read_models.last_purchases.table import LAST_PURCHASES
from shared.contracts.base import BusinessDate, View
from shared.contracts.stores import SaleAttributed, SaleRecorded
from shared.database.batch import run
from shared.messaging.consumer import DONE, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from shared.messaging.message import Message


class PurchaseView(View):
    """Who bought when."""

    customer_id: UUID | None
    business_date: BusinessDate


VIEWS: dict[str, type[View]] = {SaleRecorded.type: PurchaseView, SaleAttributed.type: PurchaseView}


def handle(connection: Connection, batch: Sequence[Message[PurchaseView]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - no streams here
    """The live consumer."""
    project(connection, {}, batch)
    return [DONE] * len(batch)


def project(connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[PurchaseView]]) -> None:
    """Applies `batch` with one statement."""
    last: dict[UUID, date] = {}
    for message in batch:
        customer_id, day = message.body.customer_id, message.body.business_date
        if customer_id is not None and last.get(customer_id, day) <= day:
            last[customer_id] = day
    if not last:
        return
    customers = sorted(last)
    # Lets no erasure begin until this commits: one that did not see these rows would leave them for ever.
    run(connection, "lock table erased_contacts in row share mode")
    run(
        connection,
        f"""
        insert into {tables.get(LAST_PURCHASES.name, LAST_PURCHASES.name)} as p (customer_id, business_date)
        select a.* from unnest(%(customers)b::uuid[], %(days)b::date[]) as a(customer_id, business_date)
        where not exists (select from erased_contacts e where e.customer_id = a.customer_id)
        on conflict (customer_id) do update set business_date = excluded.business_date
          where p.business_date < excluded.business_date
        """,
        {"customers": customers, "days": [last[customer_id] for customer_id in customers]},
    )


def prune(connection: Connection, tables: Mapping[str, str]) -> None:
    """Removes whoever was erased while a rebuild ran."""
    name = tables.get(LAST_PURCHASES.name, LAST_PURCHASES.name)
    run(connection, f"delete from {name} where customer_id in (select customer_id from erased_contacts)")
