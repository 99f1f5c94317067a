"""Records to publish in tests, good and broken."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from shared.contracts.base import IntegrationEvent
from shared.contracts.envelope import Outgoing, wrap
from shared.contracts.loyalty import PointsEarned
from shared.kernel.ids import derived_id, new_id
from tests.support.stock import NOW


def earned(key: str, points: int, *, event_id: UUID | None = None) -> Outgoing:
    """A well-formed record keyed by `key`."""
    event = PointsEarned(
        customer_id=derived_id("customer", key),
        account_version=1,
        occurred_at=NOW,
        points=points,
        available=points,
        receipt_id=new_id(),
        expires_on=date(2028, 3, 31),
    )
    return wrapped(event, key, event_id or new_id())


def wrapped(event: IntegrationEvent, key: str, event_id: UUID, *, traceparent: str | None = None) -> Outgoing:
    """The record that carries `event`."""
    return wrap(
        event,
        key=key,
        event_id=event_id,
        source="/test",
        time=NOW,
        correlation_id=event_id,
        causation_id=event_id,
        traceparent=traceparent,
    )
