"""Many sales and receipts, made fast, and what they must come to. The same seed makes the same ones.

`Expected` adds up one by one what the services add up by the batch: a second path to the same figures.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.contracts.envelope import Outgoing, wrap
from shared.contracts.stores import ReturnedLine, SaleLine, SaleRecorded, SaleReturned
from shared.database.batch import fetch
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from tests.conftest import Database

ZONE = timezone(timedelta(hours=8))
OPENING = datetime(2026, 3, 17, 9, 0, tzinfo=ZONE)
DAYS = 3
OPEN_MINUTES = 12 * 60
RETURNED = 0.05
REPEATED = 0.01
REPEATED_AFTER_MAX = 500
ANONYMOUS = 0.05
STRANGERS = 0.05
LINES_MAX = 5


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a card."""

    customer_id: UUID
    card: str


@dataclass
class Expected:
    """What every member must have in the end."""

    available: Counter[UUID] = field(default_factory=Counter)
    earned: Counter[UUID] = field(default_factory=Counter)
    receipts: Counter[UUID] = field(default_factory=Counter)
    sales_minor: Counter[UUID] = field(default_factory=Counter)
    acknowledged: set[UUID] = field(default_factory=set)
    """Receipts whose senders were told that they are kept."""

    def sold(self, customer_id: UUID, sold_minor: int, returned_minor: int = 0) -> None:
        """A receipt of which something is left."""
        net = sold_minor - returned_minor
        self.available[customer_id] += net // 100
        self.earned[customer_id] += net // 100
        self.receipts[customer_id] += 1
        self.sales_minor[customer_id] += net

    def redeemed(self, customer_id: UUID, points: int) -> None:
        """Points that were burned."""
        self.available[customer_id] -= points

    def check(self, database: Database) -> None:
        """Raises unless `loyalty` and `segmentation` have come to the same, member by member."""
        accounts = _ask(database, "loyalty", "select customer_id, available, earned_total from account_balance")
        # Whoever registered has an account, also without having bought anything.
        bought = {customer: sums for customer, sums in accounts.items() if customer in self.earned or any(sums)}
        assert bought == {customer: (self.available[customer], earned) for customer, earned in self.earned.items()}
        facts = _ask(database, "segmentation", "select customer_id, receipts, sales_minor from member_facts")
        assert facts == {customer: (count, self.sales_minor[customer]) for customer, count in self.receipts.items()}


def _ask(database: Database, service: str, question: str) -> dict[UUID, tuple[int, ...]]:
    with database.engine(service).begin() as connection:
        return {customer_id: tuple(sums) for customer_id, *sums in fetch(connection, question)}


def members(seed: int, count: int) -> list[Member]:
    """The first `count` members of a seed's chain."""
    return [Member(derived_id("load", seed, "member", n), f"{880_000_000 + n}") for n in range(count)]


def sales(seed: int, customers: Sequence[UUID], expected: Expected, count: int) -> Iterator[Outgoing]:
    """Records as `stores` writes them, of `count` sales: some with a return behind them, some told twice."""
    chance = random.Random(seed)  # noqa: S311 - reproducible on purpose
    again: deque[Outgoing] = deque()
    for number in range(1, count + 1):
        sale = _sale(chance, seed, number, customers)
        told = [_told(sale, seed)]
        returned = 0
        if chance.random() < RETURNED:
            told.append(_told(_return(sale), seed))
            returned = sale.lines[0].amount_minor
        assert sale.customer_id is not None
        expected.sold(sale.customer_id, sale.total_minor, returned)
        yield from told
        if chance.random() < REPEATED:
            again.extend(told)
        if again and (len(again) > REPEATED_AFTER_MAX or chance.random() < REPEATED):
            yield again.popleft()


def _sale(chance: random.Random, seed: int, number: int, customers: Sequence[UUID]) -> SaleRecorded:
    sold_at = _moment(chance)
    # The first of two or more is what may come back: something is always left.
    amounts = [100 * chance.randrange(1, 300) + chance.choice((0, 99)) for _ in range(chance.randrange(2, LINES_MAX))]
    return SaleRecorded(
        receipt_id=derived_id("load", seed, "sale", number),
        receipt_version=1,
        customer_id=chance.choice(customers),
        store_id=f"S{number % 20}",
        till_id="1",
        number=str(number),
        business_date=sold_at.date(),
        occurred_at=sold_at,
        currency="CNY",
        total_minor=sum(amounts),
        net_minor=sum(amounts),
        standing="kept",
        lines=tuple(SaleLine(n, f"P{n}", Decimal(1), amount, "TEA") for n, amount in enumerate(amounts, start=1)),
    )


def _return(sale: SaleRecorded) -> SaleReturned:
    back = sale.lines[0].amount_minor
    fact = sale.model_dump(exclude={"lines", "till_id", "number", "checkout_id"})
    return SaleReturned(
        **fact
        | {
            "receipt_version": 2,
            "net_minor": sale.total_minor - back,
            "return_id": derived_id(sale.receipt_id, "return"),
            "returned_at": sale.occurred_at + timedelta(hours=3),
            "returned_lines": (ReturnedLine(1, Decimal(1), back),),
            "returned_minor": back,
        },
    )


def _told(event: SaleRecorded | SaleReturned, seed: int) -> Outgoing:
    event_id = derived_id("load", seed, event.receipt_id, event.receipt_version)
    return wrap(
        event,
        key=str(event.customer_id),
        event_id=event_id,
        source="/stores",
        time=event.occurred_at,
        correlation_id=event_id,
        causation_id=event.receipt_id,
    )


def receipts(
    seed: int, till: tuple[str, str], count: int, known: Sequence[Member], expected: Expected
) -> list[dict[str, Any]]:
    """What a till of a store sold in three days, as its software writes it: some to nobody, some to strangers."""
    chance = random.Random(f"{seed}/{till}")  # noqa: S311 - reproducible on purpose
    sold = []
    for number in range(count):
        amounts = [
            chance.choice((0, 99, 1_999, chance.randrange(100, 30_000))) for _ in range(chance.randrange(1, LINES_MAX))
        ]
        receipt: dict[str, Any] = {
            "store": till[0],
            "till": till[1],
            "number": f"R{number:06d}",
            "occurred_at": _moment(chance).isoformat(),
            "total_minor": sum(amounts),
            "lines": [{"product": f"P{n}", "quantity": 1, "amount_minor": amount} for n, amount in enumerate(amounts)],
        }
        whose = chance.random()
        if whose < STRANGERS:
            receipt["member"] = {"card": f"999{chance.randrange(1_000)}"}
        elif whose > STRANGERS + ANONYMOUS:
            member = chance.choice(known)
            receipt["member"] = {"card": member.card}
            expected.sold(member.customer_id, sum(amounts))
        sold.append(receipt)
    return sold


def _moment(chance: random.Random) -> datetime:
    return OPENING + timedelta(days=chance.randrange(DAYS), minutes=chance.randrange(OPEN_MINUTES))
