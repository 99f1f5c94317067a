"""Keeps `quarantine`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.stores.domain.receipt.events import ReceiptQuarantined
from services.stores.read_models.quarantine.table import QUARANTINE
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[ReceiptQuarantined]]) -> None:
    """Adds a row per event; one that is there stays."""
    receipts = [record.event.receipt for record in batch]
    run(
        connection,
        f"""
        insert into {table} (receipt_id, version, store_id, till_id, number, business_date, occurred_at, total_minor,
                             currency)
        select * from unnest(%(ids)b::text[]::uuid[], %(versions)b::int[], %(stores)b::text[], %(tills)b::text[],
                             %(numbers)b::text[], %(dates)b::date[], %(times)b::timestamptz[], %(totals)b::bigint[],
                             %(currencies)b::text[])
        on conflict do nothing
        """,
        {
            "ids": [record.stream.id for record in batch],
            "versions": [record.version for record in batch],
            "stores": [receipt.store_id for receipt in receipts],
            "tills": [receipt.till_id for receipt in receipts],
            "numbers": [receipt.number for receipt in receipts],
            "dates": [receipt.business_date for receipt in receipts],
            "times": [receipt.occurred_at for receipt in receipts],
            "totals": [receipt.total_minor for receipt in receipts],
            "currencies": [receipt.currency for receipt in receipts],
        },
    )


PROJECTION = Projection(table=QUARANTINE, types=frozenset({ReceiptQuarantined.type}), project=project)
