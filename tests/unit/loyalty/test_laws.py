"""Laws of the ledger that hold for any history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.loyalty.domain.account.commands import (
    AccountCommand,
    CancelRedemption,
    CloseAccount,
    ConfirmRedemption,
    ExpirePoints,
    ExpireReservation,
    ReservePoints,
    SettleReceipt,
)
from services.loyalty.domain.account.decider import ACCOUNT
from services.loyalty.domain.account.events import (
    AccountEvent,
    PointsRedeemed,
    PointsReleased,
    PointsReserved,
    Settlement,
)
from services.loyalty.domain.account.postings import postings
from services.loyalty.domain.account.state import Account
from services.loyalty.domain.lots import total
from services.loyalty.domain.values import Programme, ReceiptPoints, Redemption, RedemptionStatus
from shared.kernel.errors import Rejected
from shared.kernel.ids import derived_id

START = date(2026, 1, 15)
ME = derived_id("member", 1)


@dataclass
class World:
    """One account and what read models would know of it, kept here by other means than they use."""

    debt_points_max: int | None = None
    account: Account = field(default_factory=Account)
    events: list[AccountEvent] = field(default_factory=list)
    receipts: dict[int, ReceiptPoints] = field(default_factory=dict)
    redemptions: dict[int, Redemption] = field(default_factory=dict)
    now: datetime = datetime(START.year, START.month, START.day, 12, tzinfo=UTC)

    @property
    def today(self) -> date:
        return self.now.date()

    def give(self, command: AccountCommand) -> Sequence[AccountEvent]:
        try:
            events = ACCOUNT.decide(command, self.account)
        except Rejected:
            return ()
        self.account = ACCOUNT.fold(events, self.account)
        self.events.extend(events)
        return events

    def settle(self, receipt: int, version: int, net_minor: int, day: date = START) -> None:
        programme = Programme(debt_points_max=self.debt_points_max, expire_after_months=1)
        for event in self.give(
            SettleReceipt(
                receipt_id=derived_id("receipt", receipt),
                receipt_version=version,
                net_minor=net_minor,
                currency="USD",
                business_date=day,
                due=programme.points_for(net_minor, "USD"),
                expires_on=programme.expires_on(day),
                debt_points_max=self.debt_points_max,
                known=self.receipts.get(receipt),
            ),
        ):
            if isinstance(event, Settlement):
                known = ReceiptPoints(event.receipt_version, event.receipt_points, event.expires_on)
                self.receipts[receipt] = known

    def redeem(self, verb: str, n: int, points: int) -> None:
        id_, known = derived_id("redemption", n), self.redemptions.get(n)
        status: RedemptionStatus = "reserved"
        command: AccountCommand
        if verb == "reserve":
            until = self.now + timedelta(days=2)
            command = ReservePoints(id_, ME, points, until, self.now, self.today, known)
        elif known is None:
            return
        elif verb == "confirm":
            command, status = ConfirmRedemption(id_, self.now, self.today, known), "confirmed"
        elif verb == "cancel":
            command, status = CancelRedemption(id_, self.today, known), "cancelled"
        else:
            command, status = ExpireReservation(id_, self.now, self.today), "expired"
        if self.give(command):
            self.redemptions[n] = Redemption(ME, known.points if known else points, status)


def balance_of(events: Sequence[AccountEvent]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for event in events:
        for account, points, _ in postings(event):
            sums[account] += points
    return sums


sales = st.tuples(
    st.just("sale"),
    st.integers(1, 4),
    st.integers(1, 5),
    st.integers(-100, 30_000),
    st.integers(0, 3).map(lambda months: START + timedelta(days=31 * months)),
)
redeeming = st.tuples(
    st.sampled_from(["reserve", "confirm", "cancel", "expire"]), st.integers(1, 4), st.integers(1, 90)
)
passing = st.tuples(st.just("days"), st.integers(0, 40))
closing = st.just(("close",))
histories = st.lists(sales | redeeming | passing | closing, max_size=40)
debts = st.sampled_from([None, 0, 25])


def live(history: list[Any], debt_points_max: int | None) -> World:
    world = World(debt_points_max)
    for step in history:
        match step:
            case ("sale", receipt, version, net_minor, day):
                world.settle(receipt, version, net_minor, day)
            case ("days", days):
                world.now += timedelta(days=days)
                world.give(ExpirePoints(world.today))
            case ("close",):
                world.give(CloseAccount())
            case (verb, n, points):
                world.redeem(verb, n, points)
        check(world)
    return world


def check(world: World) -> None:
    account, sums = world.account, balance_of(world.events)
    held = sum(total(held.lots) for held in account.reservations.values())
    assert account.available == sums["member"] + sums["debt"]
    assert account.debt == -sums["debt"] >= 0
    assert held == sums["reserved"]
    assert all(points > 0 for points in account.lots.values())
    assert not (account.debt and account.lots), "a debt is paid before anything can be spent"
    assert account.available >= (0 if world.debt_points_max == 0 else -account.debt)
    if world.debt_points_max is not None:
        assert account.debt <= world.debt_points_max
    adapter = ACCOUNT.state_adapter
    assert adapter.validate_json(adapter.dump_json(account)) == account


@given(histories, debts)
@settings(max_examples=300)
def test_any_history_balances(history: list[Any], debt_points_max: int | None) -> None:
    world = live(history, debt_points_max)
    assert all(sum(points for _, points, _ in postings(event)) == 0 for event in world.events)
    sums = balance_of(world.events)
    assert sum(sums.values()) == 0
    assert -sums["issued"] == sum(known.points for known in world.receipts.values())
    running = 0
    for event in world.events:
        running += sum(points for account, points, _ in postings(event) if account in {"member", "debt"})
        assert getattr(event, "available", running) == running


@given(histories, debts)
@settings(max_examples=200)
def test_a_redemption_ends_at_most_once(history: list[Any], debt_points_max: int | None) -> None:
    world = live(history, debt_points_max)
    begun = [event.redemption_id for event in world.events if isinstance(event, PointsReserved)]
    ended = [event.redemption_id for event in world.events if isinstance(event, PointsRedeemed | PointsReleased)]
    assert len(set(begun)) == len(begun)
    assert len(set(ended)) == len(ended)
    assert set(begun) - set(ended) == set(world.account.reservations)


versions = st.lists(st.integers(0, 20_000), min_size=1, max_size=6)


@given(st.data(), versions, versions, debts)
@settings(max_examples=200)
def test_versions_in_any_order_any_number_of_times_end_in_the_same_points(
    data: st.DataObject,
    first: list[int],
    second: list[int],
    debt_points_max: int | None,
) -> None:
    told = [(1, n, net) for n, net in enumerate(first, 1)] + [(2, n, net) for n, net in enumerate(second, 1)]
    # At least the newest version of each arrives; the others may be lost, repeated, and overtaken.
    newest = [(1, len(first), first[-1]), (2, len(second), second[-1])]
    noise = data.draw(st.lists(st.sampled_from(told), max_size=12))
    world = World(debt_points_max)
    for receipt, version, net in data.draw(st.permutations(noise + newest)):
        world.settle(receipt, version, net)
    due = first[-1] // 100 + second[-1] // 100
    assert world.account.available == due
    assert -balance_of(world.events)["issued"] == due


@given(st.integers(100, 50_000), st.integers(0, 50_000), st.integers(1, 500), debts)
def test_a_return_after_spending_takes_back_all_or_says_what_became_of_it(
    sold: int,
    left: int,
    spend: int,
    debt_points_max: int | None,
) -> None:
    world = World(debt_points_max)
    world.settle(1, 1, sold)
    world.redeem("reserve", 1, spend)
    world.redeem("confirm", 1, spend)
    redeemed = balance_of(world.events)["redeemed"]
    world.settle(1, 2, left)
    sums = balance_of(world.events)
    short = max(0, redeemed - left // 100)
    forgiven = short if debt_points_max == 0 else max(0, short - (debt_points_max or short))
    assert -sums["forgiven"] == forgiven
    assert world.account.debt == short - forgiven
    assert world.account.available == left // 100 - redeemed + forgiven
