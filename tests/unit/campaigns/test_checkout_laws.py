"""Laws of checkouts: whatever comes back, in whatever order and however often it is told, they end the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.campaigns.domain.budget.decider import BUDGET, GiveBackToBudget, TakeFromBudget, UsedUp
from services.campaigns.domain.budget.limits import Limit, Spent
from services.campaigns.domain.checkout.commands import (
    ConfirmCheckout,
    ExpireCheckout,
    FollowSale,
    ReleaseCheckout,
    ReserveCheckout,
)
from services.campaigns.domain.checkout.decider import CHECKOUT, decide
from services.campaigns.domain.checkout.errors import CheckoutIdTaken, CheckoutIsConfirmed, CheckoutNotFound
from services.campaigns.domain.checkout.events import CheckoutConfirmed, CheckoutReleased, SaleFollowed
from services.campaigns.domain.checkout.state import Checkout
from services.campaigns.domain.checkout.values import LineShare, Redemption, ReturnedPart, SoldLine
from shared.kernel.ids import derived_id
from shared.testing.specs import DeciderSpec
from tests.support.promotions import ANN, MONDAY_NOON, campaign_id

ID, RECEIPT = derived_id("checkout", 1), derived_id("receipt", 1)
ONE = derived_id("redemption", 1)
DAY = MONDAY_NOON.date()
LIMIT = Limit(budget="b", of="campaign", uses_max=2, money_minor_max=500)


def reservation(shares: dict[int, int], **more: Any) -> ReserveCheckout:
    redemption = Redemption(
        redemption_id=ONE,
        campaign_id=campaign_id("a"),
        campaign_version=1,
        offer="a",
        kind="percent",
        name={"en": "a", "zh-CN": "a"},
        reason="a",
        amount_minor=sum(shares.values()),
        lines=tuple(LineShare(line=line, amount_minor=minor) for line, minor in shares.items()),
        limits=(LIMIT,),
        **more,
    )
    return ReserveCheckout(
        checkout_id=ID,
        store_id="367",
        till_id="1",
        business_date=DAY,
        currency="USD",
        customer_id=ANN,
        total_minor=5000,
        request_hash="x",
        reserved_until=MONDAY_NOON + timedelta(minutes=15),
        redemptions=(redemption,),
    )


def news(version: int, **more: Any) -> FollowSale:
    return FollowSale(
        **{
            "receipt_id": RECEIPT,
            "receipt_version": version,
            "news": "returned",
            "owner": ANN,
            "document": None,
            "returned": (),
            "voided": False,
            "moved_on": DAY,
            "fits": frozenset(),
        }
        | more,
    )


def after(*commands: Any) -> Checkout:
    checkout = CHECKOUT.initial_state()
    for command in commands:
        checkout = CHECKOUT.fold(decide(command, checkout), checkout)
    return checkout


RESERVED = reservation({1: 100})
HELD = DeciderSpec(CHECKOUT, past=decide(RESERVED, Checkout()))


def test_reserving_again() -> None:
    HELD.when(RESERVED).then_nothing()
    HELD.when(replace(RESERVED, request_hash="y")).then_rejected(CheckoutIdTaken)


def test_time_ends_it_once_and_not_too_early() -> None:
    HELD.when(ExpireCheckout(ID, MONDAY_NOON + timedelta(minutes=14))).then_nothing()
    ended = HELD.when(ExpireCheckout(ID, MONDAY_NOON + timedelta(minutes=15))).then(CheckoutReleased(reason="expired"))
    ended.when(ExpireCheckout(ID, MONDAY_NOON + timedelta(hours=1))).then_nothing()
    ended.when(ReleaseCheckout(ID)).then_nothing()


def test_what_is_not_there() -> None:
    DeciderSpec(CHECKOUT).when(ReleaseCheckout(ID)).then_rejected(CheckoutNotFound)
    DeciderSpec(CHECKOUT).when(ConfirmCheckout(ID, None, frozenset())).then_rejected(CheckoutNotFound)
    DeciderSpec(CHECKOUT).when(news(1)).then_nothing()


@pytest.mark.parametrize(
    ("ended", "fits", "late", "over"),
    [(False, set(), False, False), (True, {ONE}, True, False), (True, set(), True, True)],
)
def test_confirming(ended: bool, fits: set[Any], late: bool, over: bool) -> None:
    spec = HELD.given(CheckoutReleased(reason="expired")) if ended else HELD
    outcome = spec.when(ConfirmCheckout(ID, RECEIPT, frozenset(fits))).outcome
    assert isinstance(outcome, list)
    [confirmed] = outcome
    assert isinstance(confirmed, CheckoutConfirmed)
    assert (confirmed.late, confirmed.uses[0].over_limit) == (late, over)
    HELD.given(confirmed).when(ReleaseCheckout(ID)).then_rejected(CheckoutIsConfirmed)
    HELD.given(confirmed).when(ConfirmCheckout(ID, None, frozenset())).then_nothing()


def test_another_receipt_of_the_same_checkout_is_not_followed() -> None:
    line = SoldLine(line=1, quantity=Decimal(1), amount_minor=900)
    checkout = after(RESERVED, news(1, news="document", document=(line,)))
    assert decide(news(5, receipt_id=derived_id("receipt", 2), voided=True), checkout) == []


@st.composite
def stories(draw: Any) -> tuple[dict[int, int], list[FollowSale]]:
    """Shares of lines, and a sale: a document, returns of parts of lines, more documents in between."""
    shares, lines = {}, {}
    for number in range(1, draw(st.integers(1, 3)) + 1):
        amount = draw(st.integers(0, 1000))
        lines[number] = SoldLine(line=number, quantity=Decimal(draw(st.integers(1, 4))), amount_minor=amount)
        shares[number] = draw(st.integers(0, 500))
    told = [news(1, news="document", document=tuple(lines.values()))]
    for version in range(2, draw(st.integers(2, 6))):
        line = lines[draw(st.sampled_from(sorted(lines)))]
        quantity = min(Decimal(1), line.quantity - line.returned_quantity)
        amount = draw(st.integers(0, line.amount_minor - line.returned_minor))
        if quantity == line.quantity - line.returned_quantity:
            amount = line.amount_minor - line.returned_minor
        lines[line.line] = line.model_copy(
            update={
                "returned_quantity": line.returned_quantity + quantity,
                "returned_minor": line.returned_minor + amount,
            },
        )
        if draw(st.booleans()):
            part = ReturnedPart(line=line.line, quantity=quantity, amount_minor=amount)
            told.append(news(version, returned=(part,)))
        else:
            told.append(news(version, news="document", document=tuple(lines.values())))
    return shares, told


@given(stories(), st.randoms())
def test_any_order_and_any_repetition_end_the_same(story: Any, random: Any) -> None:
    shares, told = story
    in_order = after(reservation(shares), *told)
    shuffled = told + [random.choice(told) for _ in range(3)]
    random.shuffle(shuffled)
    otherwise = after(reservation(shares), *shuffled)
    assert otherwise.uses[ONE].discount_minor == in_order.uses[ONE].discount_minor
    assert otherwise.sale == in_order.sale


@given(stories(), st.booleans())
def test_what_is_given_back_and_what_stands_is_the_discount(story: Any, voided: bool) -> None:
    shares, told = story
    checkout, given_back = after(reservation(shares)), 0
    for one in [*told, *([news(99, news="voided", voided=True)] if voided else [])]:
        for event in decide(one, checkout):
            if isinstance(event, SaleFollowed):
                given_back += sum(use.given_back_minor for use in event.uses)
                assert all(use.given_back_minor >= 0 for use in event.uses)
            checkout = CHECKOUT.evolve(checkout, event)
    use = checkout.uses[ONE]
    assert given_back + use.discount_minor == sum(shares.values())
    assert use.discount_minor >= 0
    sale = checkout.sale
    assert sale is not None
    lines = [sale.line(number) for number in shares]
    if voided or all(line and line.returned_quantity >= line.quantity for line in lines):
        assert use.discount_minor == 0


moves = st.lists(st.tuples(st.sampled_from(["take", "over", "back"]), st.integers(0, 300)), max_size=20)


@given(moves)
def test_a_limit_is_never_passed(wanted: list[tuple[str, int]]) -> None:
    budget, taken = BUDGET.initial_state(), []
    for what, money in wanted:
        try:
            if what != "back":
                events = BUDGET.decide(TakeFromBudget(ONE, LIMIT, money, what == "over"), budget)
                taken.append((what == "over", money))
            elif taken:
                over, before = taken.pop()
                events = BUDGET.decide(GiveBackToBudget(ONE, 1, before, over), budget)
            else:
                continue
        except UsedUp:
            continue
        budget = BUDGET.fold(events, budget)
        assert budget.spent.uses <= 2
        assert budget.spent.money_minor <= 500
        ours = [money for over, money in taken if not over]
        assert budget.spent == Spent(len(ours), sum(ours))
        assert budget.over.uses == len(taken) - len(ours)
