"""Sales and erasures as other services publish them, for tests of those who listen."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.contracts.customers import CustomerErased
from shared.contracts.envelope import Outgoing, wrap
from shared.contracts.stores import SaleAttributed, SaleDetached, SaleRecorded, SaleVoided
from shared.database.batch import run
from shared.kernel.ids import derived_id, new_id
from shared.messaging.decode import decode
from shared.messaging.message import Message, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from shared.contracts.base import IntegrationEvent, View

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = date(2026, 3, 1)


def member(name: object) -> UUID:
    return derived_id("member", name)


def receipt(name: object) -> UUID:
    return derived_id("receipt", name)


def sale(
    who: UUID | None,
    which: UUID,
    *,
    version: int = 1,
    day: date = DAY,
    net: int = 1000,
    standing: str = "kept",
    kind: type[Any] = SaleRecorded,
) -> IntegrationEvent:
    """A receipt as it stands at `version`, told by an event of `kind`."""
    document = issubclass(kind, SaleRecorded | SaleAttributed)
    more: dict[str, Any] = {"till_id": "1", "number": "1", "lines": ()} if document else {}
    if kind is SaleVoided:
        more["voided_at"] = NOON
    event: IntegrationEvent = kind(
        receipt_id=which,
        receipt_version=version,
        customer_id=who,
        store_id="31",
        business_date=day,
        occurred_at=NOON,
        currency="USD",
        total_minor=1000,
        net_minor=net,
        standing=standing,
        **more,
    )
    return event


def detached(who: UUID, which: UUID, *, version: int) -> IntegrationEvent:
    return sale(who, which, version=version, net=0, kind=SaleDetached)


def erased(who: UUID) -> IntegrationEvent:
    return CustomerErased(customer_id=who, occurred_at=NOON)


def outgoing(event: Any, *, event_id: UUID | None = None) -> Outgoing:
    """As its publisher keys it: by customer, else by receipt."""
    id_ = event_id or new_id()
    key = str(event.customer_id or event.receipt_id)
    return wrap(event, key=key, event_id=id_, source="/test", time=NOON, correlation_id=id_, causation_id=id_)


def message(event: IntegrationEvent, views: Mapping[str, type[View]]) -> Message[Any]:
    """What a consumer with `views` gets of it."""
    sent = outgoing(event)
    read = decode(Record(sent.topic, 0, 0, sent.key, sent.headers, sent.body), views)
    assert read is not None
    return read


def store_sales(connection: Connection, rows: list[tuple[UUID, UUID, date, int]]) -> None:
    """Many purchases at once, past the consumer: (customer, receipt, business date, net)."""
    run(
        connection,
        "insert into purchases select c, r, 1, d, n, true"
        " from unnest(%(c)b::uuid[], %(r)b::uuid[], %(d)b::date[], %(n)b::bigint[]) as w(c, r, d, n)",
        {name: list(column) for name, column in zip("crdn", zip(*rows, strict=True), strict=True)},
    )
    run(
        connection,
        "insert into member_facts select customer_id, max(business_date), count(*), sum(net_minor)"
        " from purchases group by customer_id",
    )
