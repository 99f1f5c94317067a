"""Time that is wrong: clocks that are days off, receipts that are weeks late, nights with an hour more or less.

Clocks are the business clock of every service (`BUSINESS_TIME`); the machine's own clock is left alone.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from shared.database.batch import fetch
from shared.kernel.ids import derived_id
from tests.support.playing import ended, send_all, small_world
from tests.support.processes import RECEIPTS, business_time
from tests.support.proof import seeds
from tests.support.world import Step

if TYPE_CHECKING:
    from tests.conftest import Database
    from tests.faults.conftest import Start, TwinOf
    from tests.support.proof_keeping import Proof

RIGHT = datetime.fromisoformat("2026-03-20T12:00:00+08:00")
YEAR_IS_OVER = datetime(2026, 12, 1, tzinfo=UTC)
# When summer begins and ends, and what the offset is before: as the laws say, not as a library does.
CHANGES = {
    "Europe/Berlin": (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC), 1),
    "America/New_York": (datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC), -5),
}
EVERY = timedelta(minutes=30)
STORES = [(zone, told) for zone in CHANGES for told in ("plainly", "mixed")]


@pytest.mark.parametrize("seed", seeds(slice=[1], whole=range(1, 6)))
@pytest.mark.parametrize("days", [-3, 3, 40])
@pytest.mark.timeout(300)
def test_a_clock_that_is_days_off_changes_no_figure(
    start: Start, twin_of: TwinOf, proof: Proof, days: int, seed: int
) -> None:
    twin = twin_of(seed)
    with start(settings=business_time(RIGHT + timedelta(days=days))) as processes:
        send_all(processes, small_world(seed).steps)
        end = ended(processes)
    assert end.figures == twin.end
    fault = "every receipt comes 40 days late" if days == 40 else f"the clock is off by {days:+} days"
    proof(fault, case="6", promises=("P1", "P2"), seeds=[seed], invariants=end.invariants)


@pytest.mark.parametrize("seed", seeds(slice=[1], whole=range(1, 6)))
@pytest.mark.timeout(300)
def test_nights_in_which_the_clocks_change_have_the_days_that_the_law_gives_them(
    database: Database, start: Start, proof: Proof, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - reproducible on purpose
    with start(settings=business_time(YEAR_IS_OVER)) as processes:
        send_all(processes, registrations())
        for zone in CHANGES:
            sold = sales(zone)
            send_all(processes, [sent(zone, "plainly", [(sale, UTC) for sale in sold])])
            # As tills write it, each twice: the second time by another clock, and in any order.
            mixed = [(sale, tz) for sale in sold for tz in (ZoneInfo(zone), timezone(timedelta(hours=8)))]
            chance.shuffle(mixed)
            send_all(processes, [sent(zone, "mixed", mixed)])
        end = ended(processes)
    by_day = rows(database, "stores", "select store_id, business_date, receipts from store_days")
    assert {(store, day): count for store, day, count in by_day} == {
        (store_of(zone, told), day): count
        for zone, told in STORES
        for day, count in Counter(sale.business_date for sale in sales(zone)).items()
    }
    assert rows(database, "stores", "select count(*) from quarantine") == [(0,)]
    points = dict(rows(database, "loyalty", "select customer_id, available from account_balance"))
    assert points == {member(zone, told): len(sales(zone)) for zone, told in STORES}
    proof(
        "nights in which the clocks change, in Berlin and New York, each sale told twice by different clocks",
        case="6",
        promises=("P1", "P2"),
        seeds=[seed],
        invariants=(*end.invariants, "business dates as the laws of the zones give them"),
    )


@dataclass(frozen=True)
class Sale:
    at: datetime
    business_date: date
    number: str


@cache
def sales(zone: str) -> list[Sale]:
    """One every half hour around both changes, also where the wall clock skips an hour or shows it twice.

    Their numbers begin anew with each day of the store, as many tills do it.
    """
    summer, winter, offset = CHANGES[zone]
    numbers: Counter[date] = Counter()
    sold = []
    for change in (summer, winter):
        for step in range(-40, 41):
            at = change + step * EVERY
            day = (at + timedelta(hours=offset + (summer <= at < winter))).date()
            numbers[day] += 1
            sold.append(Sale(at, day, str(numbers[day])))
    return sold


def registrations() -> list[Step]:
    stores = [
        {"store": store_of(zone, told), "name": zone, "time_zone": zone, "currency": "EUR", "tills": ["1"]}
        for zone, told in STORES
    ]
    members = [{"customer_id": str(member(*store)), "card": card(*store)} for store in STORES]
    return [
        Step("/stores/v1/stores/batch", {"stores": stores}),
        Step("/customers/v1/customers/batch", {"customers": members}),
    ]


def sent(zone: str, told: str, sold: list[tuple[Sale, tzinfo]]) -> Step:
    receipts = [
        {
            "store": store_of(zone, told),
            "till": "1",
            "number": sale.number,
            "occurred_at": sale.at.astimezone(tz).isoformat(),
            "total_minor": 100,
            "lines": [{"product": "TEA", "quantity": 1, "amount_minor": 100}],
            "member": {"card": card(zone, told)},
        }
        for sale, tz in sold
    ]
    return Step(RECEIPTS, {"receipts": receipts})


def store_of(zone: str, told: str) -> str:
    return f"{zone.partition('/')[2]}-{told}"


def member(zone: str, told: str) -> UUID:
    return derived_id("night", zone, told)


def card(zone: str, told: str) -> str:
    return f"{770000 + STORES.index((zone, told))}"


def rows(database: Database, service: str, question: str) -> list[tuple[Any, ...]]:
    with database.engine(service).begin() as connection:
        return [tuple(row) for row in fetch(connection, question)]
