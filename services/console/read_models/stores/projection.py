"""Stores to rows: what was said of each last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.console.read_models.stores.table import STORE_REGISTRY
from shared.contracts.base import Currency, View
from shared.contracts.stores import StoreRegistered
from shared.database.batch import run
from shared.kernel.text import Code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from shared.messaging.message import Message


class StoreView(View):
    """Where a store is, and by which clock and money it lives."""

    store_id: Code
    region: Code | None = None
    time_zone: Code
    currency: Currency


VIEWS: dict[str, type[View]] = {StoreRegistered.type: StoreView}
TABLES = (STORE_REGISTRY,)


def project(connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[StoreView]]) -> None:
    """Applies `batch`: one statement."""
    # By the time of the change: a record that was parked may come after a newer one.
    newest = {m.body.store_id: m for m in sorted(batch, key=lambda message: message.cause.occurred_at)}
    run(
        connection,
        f"""
        insert into {tables[STORE_REGISTRY.name]} as r (store_id, region, time_zone, currency, told_at)
        select * from unnest(%(stores)b::text[], %(regions)b::text[], %(zones)b::text[], %(currencies)b::text[],
                             %(times)b::timestamptz[])
        on conflict (store_id) do update
          set region = excluded.region, time_zone = excluded.time_zone, currency = excluded.currency,
              told_at = excluded.told_at
        where r.told_at <= excluded.told_at
        """,
        {
            "stores": list(newest),
            "regions": [message.body.region for message in newest.values()],
            "zones": [message.body.time_zone for message in newest.values()],
            "currencies": [message.body.currency for message in newest.values()],
            "times": [message.cause.occurred_at for message in newest.values()],
        },
    )
