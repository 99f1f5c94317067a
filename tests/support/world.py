"""A small chain with everything that hurts. Seeded: the same seed makes the same requests in the same order.

Members who register after they bought, duplicates, receipts that come 40 days late, returns in steps, voids, and
redemptions that are confirmed, cancelled or left open. Whatever happens on the way, it ends with the same figures: only
points are redeemed that nothing takes back, and whoever asks for them before they have arrived asks again.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from shared.kernel.ids import derived_id

ZONE = timezone(timedelta(hours=8))
FIRST_DAY = datetime(2026, 3, 1, 9, 0, tzinfo=ZONE)
STORES = ("SH-001", "SH-002", "SH-003")
TILLS = ("1", "2")
MEMBERS = 24
LATE = 6
SAVERS = 8
"""The first members have a receipt of `SAVED` points each that nothing takes back, and redeem from it."""
SAVED = 1_000
REDEMPTIONS_MAX = 4
"""Of each of them."""
AGAIN = 5
"""Receipts that come once more, in each request."""
DAYS_LATE = 40


@dataclass(frozen=True)
class Step:
    """One request; harmless when it is sent again."""

    path: str
    body: dict[str, Any]
    points_may_come: bool = False
    """Refused as long as the points have not arrived; then it is to be sent again."""
    headers: dict[str, str] = field(default_factory=dict)
    """Who sends it, where that is not the operator."""


@dataclass
class World:
    """`receipts` sales of members and others, in requests of `chunk`; `changed` of each are returned or voided."""

    seed: int
    receipts: int = 240
    chunk: int = 30
    changed: int = 6
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        assert self.receipts <= self.chunk * SAVERS * REDEMPTIONS_MAX, "more redemptions than there are points for"
        chance = random.Random(self.seed)  # noqa: S311 - reproducible on purpose
        self.steps += [self._stores(), self._members(range(MEMBERS - LATE))]
        self.steps.append(_sent([self._savings(member) for member in range(SAVERS)]))
        receipts = [self._receipt(chance, number) for number in range(self.receipts)]
        sent: list[dict[str, Any]] = []
        for first in range(0, self.receipts, self.chunk):
            chunk = receipts[first : first + self.chunk]
            mixed = chunk + chance.sample(sent, k=min(len(sent), AGAIN))
            chance.shuffle(mixed)
            self.steps.append(_sent(mixed))
            sent += chunk
            if first == self.receipts // self.chunk // 2 * self.chunk:
                self.steps.append(self._members(range(MEMBERS - LATE, MEMBERS)))
            self.steps += self._changes(chance, chunk)
            self.steps += self._redemption(chance, first // self.chunk)
        self.steps.append(_sent(receipts[: self.chunk]))

    def customer(self, n: int) -> UUID:
        """The id of member `n`, made by the caller."""
        return derived_id("world", self.seed, "member", n)

    def _stores(self) -> Step:
        registered = {"time_zone": "Asia/Shanghai", "currency": "CNY", "tills": [*TILLS]}
        stores = [{"store": store, "name": f"Store {store}", **registered} for store in STORES]
        return Step("/stores/v1/stores/batch", {"stores": stores})

    def _members(self, numbers: range) -> Step:
        members = [{"customer_id": str(self.customer(n)), "card": f"{880000 + n}"} for n in numbers]
        return Step("/customers/v1/customers/batch", {"customers": members})

    def _savings(self, member: int) -> dict[str, Any]:
        return {
            "store": STORES[0],
            "till": TILLS[0],
            "number": f"S{member:05d}",
            "occurred_at": FIRST_DAY.isoformat(),
            "total_minor": SAVED * 100,
            "lines": [{"product": "GIFT", "quantity": 1, "amount_minor": SAVED * 100}],
            "member": {"card": f"{880000 + member}"},
        }

    def _receipt(self, chance: random.Random, number: int) -> dict[str, Any]:
        lines = [
            {
                "product": f"P{chance.randrange(50)}",
                "category": chance.choice(["TEA", "FRUIT", "BREAD", None]),
                "quantity": chance.choice([1, 1, 2, 3]),
                "amount_minor": chance.choice([0, 99, 150, 1_999, chance.randrange(100, 30_000)]),
            }
            for _ in range(chance.randrange(1, 6))
        ]
        member = chance.randrange(MEMBERS + 3)
        occurred_at = FIRST_DAY + timedelta(minutes=7 * number)
        if chance.random() < 0.1:
            occurred_at -= timedelta(days=DAYS_LATE)
        return {
            "store": chance.choice(STORES),
            "till": chance.choice(TILLS),
            "number": f"R{number:05d}",
            "occurred_at": occurred_at.isoformat(),
            "total_minor": sum(line["amount_minor"] for line in lines),
            "lines": lines,
            **({"member": {"card": f"{880000 + member}"}} if member < MEMBERS else {}),
        }

    def _changes(self, chance: random.Random, chunk: list[dict[str, Any]]) -> list[Step]:
        steps = []
        for receipt in chance.sample(chunk, k=self.changed):
            id_ = receipt_id(receipt)
            at = (datetime.fromisoformat(receipt["occurred_at"]) + timedelta(days=2)).isoformat()
            if chance.random() < 0.25:
                steps.append(Step(f"/stores/v1/receipts/{id_}/void", {"voided_at": at}))
            else:
                sold = len(receipt["lines"])
                lines = chance.sample(range(1, sold + 1), k=chance.randrange(1, sold + 1))
                steps.extend(
                    Step(
                        f"/stores/v1/receipts/{id_}/returns",
                        {
                            "return_id": str(derived_id("world", self.seed, "return", id_, line)),
                            "returned_at": at,
                            "lines": [{"line": line}],
                        },
                    )
                    for line in lines
                )
        return steps

    def _redemption(self, chance: random.Random, number: int) -> list[Step]:
        """Points are held; then burned, given back, or kept in hand."""
        id_ = str(derived_id("world", self.seed, "redemption", number))
        member, points = self.customer(number % SAVERS), chance.randint(1, SAVED // REDEMPTIONS_MAX)
        wanted = {"redemption_id": id_, "customer_id": str(member), "points": points}
        ending = chance.choice(["confirm", "confirm", "cancel", None])
        reserve = Step("/loyalty/v1/redemptions", wanted, points_may_come=True)
        return [reserve] if ending is None else [reserve, Step(f"/loyalty/v1/redemptions/{id_}/{ending}", {})]


def receipt_id(receipt: dict[str, Any]) -> UUID:
    """Under which id the chain keeps it."""
    business_date = receipt["occurred_at"][:10]
    return derived_id("receipt", receipt["store"], receipt["till"], business_date, receipt["number"])


def _sent(receipts: list[dict[str, Any]]) -> Step:
    return Step("/stores/v1/receipts", {"receipts": receipts})
