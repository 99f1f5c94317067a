"""Domain events to what the others are told: the only place where both shapes are known.

A sale is keyed by its customer, or by its receipt while nobody is known, so that each customer's sales are in order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from services.stores.domain.receipt import decider as receipts
from services.stores.domain.receipt.events import (
    LinesReturned,
    ReceiptAttributed,
    ReceiptQuarantined,
    ReceiptRecorded,
    ReceiptRetold,
    ReceiptVoided,
)
from services.stores.domain.receipt.history import replay
from services.stores.domain.receipt.state import NOTHING
from services.stores.domain.store import decider as stores
from services.stores.domain.values import quantity_of
from shared.contracts import stores as contracts
from shared.messaging.outbox import Published

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from services.stores.domain.receipt.content import Receipt
    from services.stores.domain.receipt.history import Moment
    from services.stores.domain.receipt.state import Sold
    from services.stores.domain.store.events import StoreEvent
    from services.stores.domain.store.state import Store
    from shared.eventstore.store import EventStore, Recorded


_TOLD_BY_ITSELF = (ReceiptRecorded, ReceiptQuarantined)


class Translation:
    """`shared.commands.handler.Translate` of this service."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    def __call__(self, connection: Connection, batch: Sequence[Recorded[Any]]) -> Iterator[Published]:
        # A first record tells everything by itself; what comes later needs what it follows: one query for all.
        followed = {record.stream for record in batch if not isinstance(record.event, _TOLD_BY_ITSELF)}
        streams = self._store.read(connection, followed) if followed else {}
        moments = {
            stream: list(replay(record.event for record in records))
            for stream, records in streams.items()
            if stream.category == receipts.CATEGORY
        }
        for record in batch:
            match record.event:
                case ReceiptRecorded():
                    yield _recorded(record)
                case ReceiptQuarantined():
                    pass
                case ReceiptAttributed() | LinesReturned() | ReceiptVoided() | ReceiptRetold():
                    yield from _changed(record, moments[record.stream][record.version - 1])
                case _ if record.version == len(streams[record.stream]):
                    # A store is told as it is, once per batch.
                    events = cast("Iterator[StoreEvent]", (other.event for other in streams[record.stream]))
                    yield _store(record, stores.DECIDER.fold(events))


def _store(record: Recorded[Any], store: Store) -> Published:
    if store.details is None:
        raise AssertionError(f"{record.stream} was never registered")
    registered = contracts.StoreRegistered(
        store_id=record.stream.id,
        time_zone=store.details.time_zone,
        currency=store.details.currency,
        region=store.details.region,
        tills=store.tills,
    )
    return Published(record, record.stream.id, registered)


def _recorded(record: Recorded[ReceiptRecorded]) -> Published:
    event = record.event
    receipt, customer_id = event.receipt, event.customer_id
    receipt_id = UUID(record.stream.id)
    sale = contracts.SaleRecorded(
        **_fact(receipt_id, record.version, receipt),
        **_document(receipt),
        customer_id=customer_id,
        net_minor=receipt.total_minor,
        standing="kept",
    )
    return Published(record, str(customer_id or receipt_id), sale)


def _changed(record: Recorded[Any], moment: Moment) -> Iterator[Published]:
    receipt_id = UUID(record.stream.id)
    state = moment.state
    fact = _fact(receipt_id, record.version + state.ahead, moment.receipt) | {
        "customer_id": state.customer_id,
        "net_minor": state.net_minor,
        "standing": state.standing,
    }
    key = str(state.customer_id or receipt_id)
    match moment.event:
        case ReceiptAttributed(previous_customer_id=previous):
            if previous is not None:
                yield _detached(record, fact, previous)
            yield Published(record, key, contracts.SaleAttributed(**fact, **_document_now(moment)))
        case ReceiptRetold(heard_customer_id=heard):
            if heard is not None and heard != state.customer_id:
                yield _detached(record, fact, heard)
            kind = contracts.SaleAttributed if state.customer_id else contracts.SaleRecorded
            yield Published(record, key, kind(**fact, **_document_now(moment)))
        case LinesReturned() as event:
            returned = contracts.SaleReturned(
                **fact,
                return_id=event.return_id,
                returned_at=event.returned_at,
                returned_lines=tuple(
                    contracts.ReturnedLine(part.line, quantity_of(part.quantity_milli), part.amount_minor)
                    for part in event.lines
                ),
                returned_minor=event.returned_minor,
            )
            yield Published(record, key, returned)
        case ReceiptVoided(voided_at=voided_at):
            yield Published(record, key, contracts.SaleVoided(**fact, voided_at=voided_at))
        case _:
            raise AssertionError(f"{moment.event.type} changes no sale")


def _detached(record: Recorded[Any], fact: dict[str, Any], customer_id: UUID) -> Published:
    told = contracts.SaleDetached(**fact | {"customer_id": customer_id, "net_minor": 0})
    return Published(record, str(customer_id), told)


def _document_now(moment: Moment) -> dict[str, Any]:
    document = _document(moment.receipt)
    return document | {"lines": _with_returned(document["lines"], moment.state.returned)}


def _fact(receipt_id: UUID, version: int, receipt: Receipt) -> dict[str, Any]:
    return {
        "receipt_id": receipt_id,
        "receipt_version": version,
        "store_id": receipt.store_id,
        "business_date": receipt.business_date,
        "occurred_at": receipt.occurred_at,
        "currency": receipt.currency,
        "total_minor": receipt.total_minor,
    }


def _document(receipt: Receipt) -> dict[str, Any]:
    return {
        "till_id": receipt.till_id,
        "number": receipt.number,
        "checkout_id": receipt.checkout_id,
        "lines": tuple(
            [
                contracts.SaleLine(
                    sold.line,
                    sold.product,
                    quantity_of(sold.quantity_milli),
                    sold.amount_minor,
                    sold.category,
                    sold.discount_minor,
                )
                for sold in receipt.lines
            ],
        ),
    }


def _with_returned(lines: Iterable[contracts.SaleLine], returned: Mapping[int, Sold]) -> tuple[contracts.SaleLine, ...]:
    backs = ((line, returned.get(line.line, NOTHING)) for line in lines)
    return tuple(
        replace(line, returned_quantity=quantity_of(back.quantity_milli), returned_minor=back.amount_minor)
        for line, back in backs
    )
