"""Sales with lines, registrations and consents as other services publish them, for tests of segments."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shared.contracts.customers import ConsentGiven, ConsentWithdrawn, CustomerRegistered
from shared.contracts.stores import ReturnedLine, SaleLine, SaleRecorded, SaleReturned
from tests.support.sales import DAY, NOON

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from shared.contracts.base import IntegrationEvent

Item = tuple[str, str | None, int]
"""Product, category, amount."""


def bought(
    who: UUID | None,
    which: UUID,
    items: Sequence[Item],
    *,
    day: date = DAY,
    store: str = "31",
    version: int = 1,
    came_back: Mapping[int, int] | None = None,
    kind: type[Any] = SaleRecorded,
) -> IntegrationEvent:
    """A whole receipt as it stands at `version`, with what came back of its lines until then."""
    back = came_back or {}
    lines = tuple(
        SaleLine(
            line=n,
            product=product,
            quantity=Decimal(1),
            amount_minor=amount,
            category=category,
            returned_minor=back.get(n, 0),
        )
        for n, (product, category, amount) in enumerate(items, start=1)
    )
    total = sum(amount for _, _, amount in items)
    event: IntegrationEvent = kind(
        receipt_id=which,
        receipt_version=version,
        customer_id=who,
        store_id=store,
        business_date=day,
        occurred_at=NOON,
        currency="USD",
        total_minor=total,
        net_minor=total - sum(back.values()),
        standing="kept",
        till_id="1",
        number="1",
        lines=lines,
    )
    return event


def returned(
    who: UUID,
    which: UUID,
    back: Mapping[int, int],
    *,
    version: int,
    net: int,
    day: date = DAY,
    store: str = "31",
    standing: str = "kept",
) -> IntegrationEvent:
    """Some money of some lines comes back."""
    return SaleReturned(
        receipt_id=which,
        receipt_version=version,
        customer_id=who,
        store_id=store,
        business_date=day,
        occurred_at=NOON,
        currency="USD",
        total_minor=net + sum(back.values()),
        net_minor=net,
        standing=standing,  # type: ignore[arg-type] # any of the three
        return_id=which,
        returned_at=NOON,
        returned_lines=tuple(ReturnedLine(line, Decimal(1), minor) for line, minor in back.items()),
        returned_minor=sum(back.values()),
    )


def registered(who: UUID, *, day: date = DAY, store: str | None = None) -> IntegrationEvent:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return CustomerRegistered(customer_id=who, occurred_at=moment, home_store=store)


def consent(who: UUID, *, given: bool, at: datetime = NOON, channel: str | None = "email") -> IntegrationEvent:
    if given:
        return ConsentGiven.model_validate(
            {
                "customer_id": who,
                "occurred_at": at,
                "purpose": "marketing",
                "channel": channel,
                "text_version": "1",
            }
        )
    return ConsentWithdrawn.model_validate(
        {
            "customer_id": who,
            "occurred_at": at,
            "purpose": "marketing",
            "channel": channel,
        }
    )
