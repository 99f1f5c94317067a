"""What the services of a chain tell of its members and sales, for tests of those who show it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.contracts.customers import (
    ComplaintClosed,
    ComplaintOpened,
    ConsentGiven,
    ConsentWithdrawn,
    CustomerErased,
    CustomerRegistered,
)
from shared.contracts.envelope import Outgoing, wrap
from shared.contracts.loyalty import PointsEarned
from shared.contracts.notifications import MessageSent
from shared.contracts.segmentation import ScoresChanged, SegmentEntered, SegmentLeft
from shared.contracts.stores import SaleRecorded, StoreRegistered
from shared.kernel.ids import derived_id, new_id
from shared.messaging.decode import decode
from shared.messaging.message import Message, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.contracts.base import IntegrationEvent, View

DAY = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


def member(name: object) -> UUID:
    return derived_id("member", name)


def ago(days: float) -> datetime:
    return NOON - timedelta(days=days)


def store(code: str, *, region: str | None = None, currency: str = "CNY") -> StoreRegistered:
    return StoreRegistered(store_id=code, time_zone="Asia/Shanghai", currency=currency, region=region)


def sale(
    who: object | None,
    number: object,
    *,
    at: str = "E1",
    days_ago: int = 0,
    net: int = 1000,
    version: int = 1,
    standing: str = "kept",
    currency: str = "CNY",
    kind: type[Any] = SaleRecorded,
    **more: Any,
) -> IntegrationEvent:
    """The receipt `number` as it stands at `version`."""
    document: dict[str, Any] = {"till_id": "1", "number": str(number), "lines": ()}
    event: IntegrationEvent = kind(
        receipt_id=derived_id("receipt", number),
        receipt_version=version,
        customer_id=None if who is None else member(who),
        store_id=at,
        business_date=DAY - timedelta(days=days_ago),
        occurred_at=ago(days_ago),
        currency=currency,
        total_minor=1000,
        net_minor=net,
        standing=standing,
        **(document if "lines" in kind.model_fields else {}),
        **more,
    )
    return event


def registered(who: object, *, home: str | None = "E1", days_ago: float = 100) -> CustomerRegistered:
    return CustomerRegistered(customer_id=member(who), occurred_at=ago(days_ago), home_store=home)


def agreed(who: object, channel: str = "sms", *, days_ago: float = 90) -> ConsentGiven:
    return ConsentGiven(
        customer_id=member(who), occurred_at=ago(days_ago), purpose="marketing", channel=channel, text_version="t1"
    )


def withdrew(who: object, channel: str = "sms", *, days_ago: float = 1) -> ConsentWithdrawn:
    return ConsentWithdrawn(customer_id=member(who), occurred_at=ago(days_ago), purpose="marketing", channel=channel)


def complained(who: object, *, at: str | None = "E1", days_ago: float = 1) -> ComplaintOpened:
    return ComplaintOpened(
        customer_id=member(who),
        complaint_id=derived_id("complaint", who),
        occurred_at=ago(days_ago),
        category="service",
        store_id=at,
    )


def settled(who: object) -> ComplaintClosed:
    return ComplaintClosed(customer_id=member(who), complaint_id=derived_id("complaint", who), occurred_at=NOON)


def erased(who: object) -> CustomerErased:
    return CustomerErased(customer_id=member(who), occurred_at=NOON)


def scored(who: object, r: int, f: int, m: int) -> ScoresChanged:
    return ScoresChanged(customer_id=member(who), as_of=DAY, recency=r, frequency=f, money=m)


def entered(who: object, segment: str, *, version: int = 1, days_ago: float = 10) -> SegmentEntered:
    return SegmentEntered(**_membership(who, segment, version, days_ago))


def left(who: object, segment: str, *, version: int = 2, days_ago: float = 5) -> SegmentLeft:
    return SegmentLeft(**_membership(who, segment, version, days_ago))


def _membership(who: object, segment: str, version: int, days_ago: float) -> dict[str, Any]:
    return {
        "customer_id": member(who),
        "segment": segment,
        "segment_version": 1,
        "membership_version": version,
        "reason": "because",
        "occurred_at": ago(days_ago),
    }


def points(who: object, available: int, *, version: int = 1) -> PointsEarned:
    return PointsEarned(
        customer_id=member(who),
        account_version=version,
        occurred_at=NOON,
        points=abs(available),
        available=available,
        receipt_id=derived_id("receipt", who),
        expires_on=DAY + timedelta(days=365),
    )


def written_to(who: object, *, days_ago: float = 1, channel: str = "sms") -> MessageSent:
    return MessageSent(
        message_id=derived_id("message", who, days_ago),
        customer_id=member(who),
        purpose="marketing",
        template="hello",
        campaign_id=None,
        occurred_at=ago(days_ago),
        channel=channel,
    )


def outgoing(event: Any) -> Outgoing:
    """As its publisher keys it."""
    id_ = new_id()
    key = getattr(event, "customer_id", None) or getattr(event, "receipt_id", None) or event.store_id
    return wrap(event, key=str(key), event_id=id_, source="/test", time=NOON, correlation_id=id_, causation_id=id_)


def message(event: IntegrationEvent, views: Mapping[str, type[View]]) -> Message[Any]:
    """What a consumer with `views` gets of it."""
    sent = outgoing(event)
    read = decode(Record(sent.topic, 0, 0, sent.key, sent.headers, sent.body), views)
    assert read is not None
    return read
