"""The load that every subject gets: a chain's sales from a seed, and what any ledger of them has to add up to.

Members buy unevenly (a few very often), a tenth of the receipts is nobody's, and 8 % come back, a line or whole, a
while later. Each record is what `stores` would have published, byte for byte; a return counts as a receipt, which
for a till it is.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from shared.contracts.envelope import wrap
from shared.contracts.stores import ReturnedLine, SaleLine, SaleRecorded, SaleReturned
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.contracts.envelope import Outgoing

STORES = 40
TILLS = 4
PRODUCTS = 5_000
LINES_MEAN = 8
NOBODYS = 0.10
COMES_BACK = 0.08
BACK_AFTER_MAX = 2_000
"""A return comes up to so many receipts later."""
FIRST_DAY = date(2025, 1, 1)
DAYS = 365


@dataclass(frozen=True, slots=True)
class Sums:
    """What every subject's ledger must say in the end."""

    records: int
    members: int
    """With an account: those who bought at least once."""
    receipts: int
    """Of members."""
    points: int
    """Issued and not taken back."""


@dataclass(frozen=True)
class Load:
    """`records` records of sales among `members`; equal arguments give equal records."""

    records: int
    members: int = 20_000
    seed: int = 1
    name: str = "bench"
    """Loads of different names have no receipt and no member in common."""
    _net: dict[UUID, tuple[UUID, int]] = field(default_factory=dict, repr=False)

    def outgoing(self) -> Iterator[Outgoing]:
        """As the outbox of `stores` holds them, in order."""
        self._net.clear()
        chance = random.Random(self.seed)  # noqa: S311 - repeatable, not secret
        back: list[tuple[int, int, SaleRecorded]] = []
        for number in range(self.records):
            if back and back[0][0] <= number:
                yield self._record(_returned(heapq.heappop(back)[2], chance), number)
                continue
            sale = _sale(self.name, number, self._buyer(chance), self.records, chance)
            if chance.random() < COMES_BACK:
                heapq.heappush(back, (number + chance.randint(1, BACK_AFTER_MAX), number, sale))
            yield self._record(sale, number)

    @property
    def sums(self) -> Sums:
        """What comes out; after `outgoing` was read to its end."""
        accounts = {customer for customer, _ in self._net.values()}
        points = sum(net // 100 for _, net in self._net.values())
        return Sums(self.records, len(accounts), len(self._net), points)

    def member(self, number: int) -> UUID:
        """The member of a number, below `members`."""
        return derived_id(f"{self.name}.member", number)

    def _buyer(self, chance: random.Random) -> UUID | None:
        if chance.random() < NOBODYS:
            return None
        # Squared: a tenth of the members makes a third of the receipts, as in the real chain of the demo.
        return self.member(int(self.members * chance.random() ** 2))

    def _record(self, event: SaleRecorded | SaleReturned, number: int) -> Outgoing:
        if event.customer_id is not None:
            self._net[event.receipt_id] = event.customer_id, event.net_minor
        return _wrapped(self.name, event, number)


def _wrapped(name: str, event: SaleRecorded | SaleReturned, number: int) -> Outgoing:
    id_ = derived_id(f"{name}.record", number)
    key = str(event.customer_id or event.receipt_id)
    return wrap(
        event, key=key, event_id=id_, source="/stores", time=event.occurred_at, correlation_id=id_, causation_id=id_
    )


def _sale(name: str, number: int, customer_id: UUID | None, of: int, chance: random.Random) -> SaleRecorded:
    day = FIRST_DAY + timedelta(days=number * DAYS // of)
    count = min(60, 1 + int(chance.expovariate(1 / (LINES_MEAN - 0.5))))
    lines = tuple(
        SaleLine(
            line=line,
            product=f"P{chance.randrange(PRODUCTS):06}",
            quantity=Decimal(chance.choice((1, 1, 1, 2, 3))),
            amount_minor=chance.randint(50, 2_500),
            category=f"C{chance.randrange(40):02}",
        )
        for line in range(1, count + 1)
    )
    total = sum(line.amount_minor for line in lines)
    return SaleRecorded(
        receipt_id=derived_id(f"{name}.receipt", number),
        receipt_version=1,
        customer_id=customer_id,
        store_id=f"S{number % STORES:03}",
        business_date=day,
        occurred_at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(seconds=number % 36_000),
        currency="CNY",
        total_minor=total,
        net_minor=total,
        standing="kept",
        till_id=str(1 + number % TILLS),
        number=f"{number:08}",
        lines=lines,
    )


def _returned(sale: SaleRecorded, chance: random.Random) -> SaleReturned:
    whole = chance.random() < 1 / 2
    lines = sale.lines if whole else (chance.choice(sale.lines),)
    returned = sum(line.amount_minor for line in lines)
    fact = {name: getattr(sale, name) for name in _FACT}
    return SaleReturned(
        **fact,
        receipt_version=2,
        net_minor=sale.net_minor - returned,
        standing="kept" if returned < sale.total_minor else "returned",
        return_id=derived_id("bench.return", sale.receipt_id),
        returned_at=sale.occurred_at + timedelta(hours=2),
        returned_lines=tuple(ReturnedLine(line.line, line.quantity, line.amount_minor) for line in lines),
        returned_minor=returned,
    )


_FACT = ("receipt_id", "customer_id", "store_id", "business_date", "occurred_at", "currency", "total_minor")
