"""What happens at the tills of the story's stores: quotes, checkouts, receipts, and goods that come back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from services.demo.journey import CURRENCY, STORES_TIME_ZONE
from services.demo.year import STORY_REGION
from services.story.telling import wait_for
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from datetime import datetime

    from services.calling import Caller
    from services.story.cast import Cast
    from services.story.people import People

STORES = tuple(f"story-{n}" for n in range(1, 11))
TILL = "1"
PRODUCTS = (
    ("tea", "GROCERY", 1_290),
    ("noodles", "GROCERY", 890),
    ("olive oil", "GROCERY", 2_490),
    ("soap", "DRUG", 649),
)


@dataclass(frozen=True, slots=True)
class Basket:
    """What somebody wants to pay, as a till asks about it."""

    checkout_id: str
    customer: str | None
    store: str
    lines: tuple[dict[str, Any], ...]

    @property
    def total_minor(self) -> int:
        """Before any discount."""
        return sum(line["amount_minor"] for line in self.lines)


def chance(*words: str) -> float:
    """A number from 0 to 1 that is the same every time: whether somebody goes shopping today."""
    return int.from_bytes(hashlib.sha256("|".join(words).encode()).digest()[:6]) / 2**48


def basket_of(story: str, customer: str, visit: str = "1") -> Basket:
    """What a member buys in the story, and where."""
    lines = []
    for n, (product, category, price) in enumerate(PRODUCTS, 1):
        pieces = 1 + int(3 * chance(story, customer, visit, product))
        lines.append(
            {"line": n, "product": product, "category": category, "quantity": pieces, "amount_minor": pieces * price}
        )
    store = STORES[int(len(STORES) * chance(story, customer, "store"))]
    return Basket(str(derived_id("story", story, customer, visit)), customer, store, tuple(lines))


class Shops:
    """The story's stores with a till each. They are marked by their region, and stay out of the year's figures."""

    def __init__(self, people: People, cast: Cast, story: str) -> None:
        self._people = people
        self._cast = cast
        self._story = story

    @cached_property
    def tills(self) -> Mapping[str, Caller]:
        """The till of each store."""
        return {store: self._people.till(store, TILL) for store in STORES}

    def open(self) -> None:
        """Registers them; again it changes nothing."""
        stores = [
            {
                "store": store,
                "name": f"Story {store.removeprefix('story-')}",
                "time_zone": STORES_TIME_ZONE,
                "currency": CURRENCY,
                "region": STORY_REGION,
                "tills": [TILL],
            }
            for store in STORES
        ]
        self._people.operator.post("/stores/v1/stores/batch", {"stores": stores})

    def quote(self, basket: Basket, at: datetime) -> dict[str, Any]:
        """What applies to the basket, and what does not and why."""
        return self.tills[basket.store].post("/campaigns/v1/quotes", self._asked(basket, at))

    def reserve(self, basket: Basket, at: datetime) -> dict[str, Any]:
        """The same, held for this checkout."""
        asked = self._asked(basket, at) | {"checkout_id": basket.checkout_id}
        return self.tills[basket.store].post(
            "/campaigns/v1/checkouts", asked, key=f"{self._story}-{basket.checkout_id}"
        )

    def pay(self, basket: Basket, answer: Mapping[str, Any], at: datetime) -> str:
        """Sends the receipt of a checkout, less what its effects take off; the receipt's id."""
        off: dict[int, int] = {}
        for effect in answer["effects"]:
            for line in effect["lines"]:
                off[line["line"]] = off.get(line["line"], 0) + line["amount_minor"]
        lines = [
            line
            | {
                "amount_minor": line["amount_minor"] - off.get(line["line"], 0),
                "discount_minor": off.get(line["line"], 0),
            }
            for line in basket.lines
        ]
        receipt = {
            "store": basket.store,
            "till": TILL,
            "number": basket.checkout_id[:23],
            "occurred_at": at.isoformat(),
            "currency": CURRENCY,
            "total_minor": sum(line["amount_minor"] for line in lines),
            "checkout_id": basket.checkout_id,
            "lines": lines,
        }
        if basket.customer is not None:
            receipt["member"] = {"card": self._cast.card_of(basket.customer)}
        (result,) = self.tills[basket.store].post("/stores/v1/receipts", {"receipts": [receipt]})["results"]
        return str(result["receipt_id"])

    def wait_until_confirmed(self, basket: Basket) -> dict[str, Any]:
        """Until the sale has confirmed its checkout, without any call of the till."""

        def confirmed() -> dict[str, Any] | None:
            found = self.tills[basket.store].get(f"/campaigns/v1/checkouts/{basket.checkout_id}")
            return found if found["status"] == "confirmed" else None

        return wait_for(confirmed, f"the sale to confirm checkout {basket.checkout_id}")

    def take_back(self, basket: Basket, receipt_id: str, line: int, at: datetime) -> dict[str, Any]:
        """A line comes back, whole."""
        return self.tills[basket.store].post(
            f"/stores/v1/receipts/{receipt_id}/returns",
            {
                "return_id": str(derived_id("story", self._story, receipt_id, line)),
                "returned_at": at.isoformat(),
                "lines": [{"line": line}],
            },
        )

    def _asked(self, basket: Basket, at: datetime) -> dict[str, Any]:
        return {
            "store": basket.store,
            "till": TILL,
            "occurred_at": at.isoformat(),
            "currency": CURRENCY,
            "customer_id": basket.customer,
            "coupons": [],
            "lines": list(basket.lines),
        }
