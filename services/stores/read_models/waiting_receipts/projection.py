"""Keeps `waiting_receipts`: a receipt waits from its recording until it gets a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.stores.domain.receipt.events import ReceiptAttributed, ReceiptEvent, ReceiptRecorded
from services.stores.read_models.waiting_receipts.table import WAITING_RECEIPTS
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[ReceiptEvent]]) -> None:
    """Adds first, then removes: a receipt is always recorded before it is attributed."""
    waiting = [
        (record.event.receipt.member_token, record.stream.id, record.event.receipt.business_date, until)
        for record in batch
        if isinstance(record.event, ReceiptRecorded) and (until := record.event.waits_until) is not None
    ]
    if waiting:
        tokens, receipts, dates, untils = zip(*waiting, strict=True)
        run(
            connection,
            f"""
            insert into {table} (token, receipt_id, business_date, waits_until)
            select * from unnest(%(tokens)b::text[], %(receipts)b::text[]::uuid[], %(dates)b::date[], %(until)b::date[])
            on conflict do nothing
            """,
            {"tokens": list(tokens), "receipts": list(receipts), "dates": list(dates), "until": list(untils)},
        )
    attributed = [record.stream.id for record in batch if isinstance(record.event, ReceiptAttributed)]
    if attributed:
        run(
            connection,
            f"delete from {table} where receipt_id = any(%(receipts)b::text[]::uuid[])",
            {"receipts": attributed},
        )


PROJECTION = Projection(
    table=WAITING_RECEIPTS,
    types=frozenset({ReceiptRecorded.type, ReceiptAttributed.type}),
    project=project,
)
