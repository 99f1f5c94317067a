"""A till that asks for offers, and the sales that follow, for tests."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.contracts.stores import ReturnedLine, SaleLine, SaleRecorded, SaleReturned
from shared.kernel.ids import derived_id
from tests.support.sales import DAY, NOON

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi.testclient import TestClient

    from shared.contracts.base import IntegrationEvent

STORE = "367"
LINES = [(1, "tea", 1000), (2, "rice", 1000)]


class Till:
    """Asks for baskets by the names of checkouts."""

    def __init__(self, http: TestClient) -> None:
        self.http = http

    @staticmethod
    def id(checkout: str) -> UUID:
        return derived_id("checkout", checkout)

    def asks(
        self,
        path: str,
        who: UUID | None,
        *,
        checkout: str | None = None,
        lines: Sequence[tuple[Any, ...]] = LINES,
        **more: Any,
    ) -> Any:
        body = {
            "store": STORE,
            "till": "1",
            "currency": "USD",
            "customer_id": None if who is None else str(who),
            "lines": [
                {"line": line, "product": product, "amount_minor": amount, "quantity": str(*(quantity or [1]))}
                for line, product, amount, *quantity in lines
            ],
        } | more
        if checkout is not None:
            body["checkout_id"] = str(self.id(checkout))
        return self.http.post(path, json=body)

    def quote(self, who: UUID | None, **more: Any) -> Any:
        return self.asks("/quotes", who, **more).raise_for_status().json()

    def reserve(self, checkout: str, who: UUID | None, **more: Any) -> Any:
        return self.asks("/checkouts", who, checkout=checkout, **more).raise_for_status().json()

    def show(self, checkout: str) -> Any:
        return self.http.get(f"/checkouts/{self.id(checkout)}").raise_for_status().json()

    def ends(self, checkout: str, how: str) -> Any:
        body = {} if how == "confirmation" else None
        return self.http.post(f"/checkouts/{self.id(checkout)}/{how}", json=body)

    def redemptions(self, code: str) -> Any:
        path = f"/campaigns/{derived_id('campaign', code)}/redemptions"
        return self.http.get(path).raise_for_status().json()["items"]


def till(campaigns: Any, role: str = "operator", **scope: Any) -> Till:
    """A till of a running service."""
    return Till(campaigns.by(role, f"{role} {scope}", **scope))


def of_sale(kind: type[Any], who: UUID | None, which: UUID, *, version: int = 1, **more: Any) -> IntegrationEvent:
    """Something of a sale."""
    event: IntegrationEvent = kind(
        **{
            "receipt_id": which,
            "receipt_version": version,
            "customer_id": who,
            "store_id": STORE,
            "business_date": DAY,
            "occurred_at": NOON,
            "currency": "USD",
            "total_minor": 1600,
            "net_minor": 1600,
            "standing": "voided" if "voided_at" in more else "kept",
        }
        | more,
    )
    return event


def document(
    checkout: str | None,
    who: UUID | None,
    which: UUID,
    *,
    lines: Mapping[int, tuple[int, int]] | None = None,
    came_back: Mapping[int, tuple[int, int]] | None = None,
    version: int = 1,
    kind: type[Any] = SaleRecorded,
) -> IntegrationEvent:
    """A whole receipt: quantity and amount of each line, and what came back of it."""
    back = came_back or {}
    sold = tuple(
        SaleLine(line, "tea", Decimal(quantity), amount, returned_quantity=Decimal(gone[0]), returned_minor=gone[1])
        for line, (quantity, amount) in (lines or {1: (1, 800), 2: (1, 800)}).items()
        for gone in [back.get(line, (0, 0))]
    )
    checkout_id = None if checkout is None else Till.id(checkout)
    return of_sale(kind, who, which, version=version, lines=sold, checkout_id=checkout_id, till_id="1", number="1")


def returned(
    who: UUID | None,
    which: UUID,
    parts: Mapping[int, tuple[int, int]],
    *,
    version: int = 2,
    **more: Any,
) -> IntegrationEvent:
    """Lines came back: quantity and amount of each."""
    lines = tuple(ReturnedLine(line, Decimal(quantity), amount) for line, (quantity, amount) in parts.items())
    return of_sale(
        SaleReturned,
        who,
        which,
        version=version,
        **{
            "return_id": derived_id("return", which, version),
            "returned_at": NOON,
            "returned_lines": lines,
            "returned_minor": sum(amount for _, amount in parts.values()),
        }
        | more,
    )
