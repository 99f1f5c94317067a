"""Reads one receipt from its stream: no table holds what the stream says as well."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from services.stores.domain.receipt.decider import CATEGORY
from services.stores.domain.receipt.errors import ReceiptNotFound
from services.stores.domain.receipt.history import replay
from services.stores.domain.receipt.state import NOTHING
from services.stores.domain.values import quantity_of
from services.stores.read_models.receipt.view import HappeningView, LineView, ReceiptView
from shared.database.batch import fetch
from shared.kernel.decider import StreamId

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection

    from services.stores.domain.receipt.content import Receipt
    from services.stores.domain.receipt.history import Moment
    from shared.eventstore.store import EventStore


def find(connection: Connection, receipt_id: UUID, *, store: EventStore) -> ReceiptView:
    """The receipt with its history. Raises `ReceiptNotFound`."""
    stream = StreamId(CATEGORY, str(receipt_id))
    records = store.read(connection, [stream])[stream]
    if not records:
        raise ReceiptNotFound
    *_, now = replay(record.event for record in records)
    return ReceiptView(
        receipt_id=receipt_id,
        version=len(records),
        net_minor=now.state.net_minor,
        standing=now.state.standing,
        customer_id=now.state.customer_id,
        lines=_lines(now),
        history=[
            HappeningView(
                version=record.version,
                type=record.event.type,
                occurred_at=record.occurred_at,
                actor=record.actor,
                data=orjson.loads(record.data),
            )
            for record in records
        ],
        **now.receipt.model_dump(exclude={"member_token", "lines"}),
    )


def store_of(connection: Connection, receipt_id: UUID) -> str | None:
    """The store of a receipt, None if there is no such receipt."""
    rows = fetch(
        connection,
        "select data -> 'receipt' ->> 'store_id' from events"
        " where stream_category = %(category)s and stream_id = %(id)s and stream_version = 1",
        {"category": CATEGORY, "id": str(receipt_id)},
    )
    return rows[0][0] if rows else None


def as_sold(
    connection: Connection,
    streams: Collection[StreamId],
    *,
    store: EventStore,
) -> Mapping[StreamId, Receipt]:
    """Each receipt as it was sold, by its stream, in one query."""
    found = {}
    for stream, records in store.read(connection, streams).items():
        *_, last = replay(record.event for record in records)
        found[stream] = last.receipt
    return found


def _lines(now: Moment) -> list[LineView]:
    lines = []
    for sold in now.receipt.lines:
        back = now.state.returned.get(sold.line, NOTHING)
        lines.append(
            LineView(
                line=sold.line,
                product=sold.product,
                category=sold.category,
                quantity=quantity_of(sold.quantity_milli),
                amount_minor=sold.amount_minor,
                discount_minor=sold.discount_minor,
                returned_quantity=quantity_of(back.quantity_milli),
                returned_minor=back.amount_minor,
            ),
        )
    return lines
