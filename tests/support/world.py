"""A small chain with everything that hurts: late members, duplicates, returns in steps, voids. Seeded."""

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
MEMBERS = 24
LATE = 6
RECEIPTS = 240
CHUNK = 30


@dataclass(frozen=True)
class Step:
    """One request; harmless when it is sent again."""

    path: str
    body: dict[str, Any]


@dataclass
class World:
    """The same seed makes the same requests in the same order."""

    seed: int
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)  # noqa: S311 - reproducible on purpose
        self.steps.append(
            Step(
                "/stores/v1/stores/batch",
                {
                    "stores": [
                        {
                            "store": store,
                            "name": f"Store {store}",
                            "time_zone": "Asia/Shanghai",
                            "currency": "CNY",
                            "tills": ["1", "2"],
                        }
                        for store in STORES
                    ],
                },
            ),
        )
        self.steps.append(self._members(range(MEMBERS - LATE)))
        receipts = [self._receipt(chance, number) for number in range(RECEIPTS)]
        sent: list[dict[str, Any]] = []
        for first in range(0, RECEIPTS, CHUNK):
            chunk = receipts[first : first + CHUNK]
            again = chance.sample(sent, k=min(len(sent), 5))
            mixed = chunk + again
            chance.shuffle(mixed)
            self.steps.append(Step("/stores/v1/receipts", {"receipts": mixed}))
            sent += chunk
            if first == RECEIPTS // 2:
                self.steps.append(self._members(range(MEMBERS - LATE, MEMBERS)))
            self.steps += self._changes(chance, chunk)
        self.steps.append(Step("/stores/v1/receipts", {"receipts": receipts[:CHUNK]}))

    def customer(self, n: int) -> UUID:
        """The id of member `n`, made by the caller."""
        return derived_id("world", self.seed, "member", n)

    def _members(self, numbers: range) -> Step:
        return Step(
            "/customers/v1/customers/batch",
            {"customers": [{"customer_id": str(self.customer(n)), "card": f"{880000 + n}"} for n in numbers]},
        )

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
        return {
            "store": chance.choice(STORES),
            "till": chance.choice(["1", "2"]),
            "number": f"R{number:05d}",
            "occurred_at": (FIRST_DAY + timedelta(minutes=7 * number)).isoformat(),
            "total_minor": sum(line["amount_minor"] for line in lines),
            "lines": lines,
            **({"member": {"card": f"{880000 + member}"}} if member < MEMBERS else {}),
        }

    def _changes(self, chance: random.Random, chunk: list[dict[str, Any]]) -> list[Step]:
        steps = []
        for receipt in chance.sample(chunk, k=6):
            id_ = derived_id(
                "receipt",
                receipt["store"],
                receipt["till"],
                receipt["occurred_at"][:10],
                receipt["number"],
            )
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
