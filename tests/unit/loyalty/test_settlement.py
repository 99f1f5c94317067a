"""Earning: a receipt's points are what it is worth now, whatever came before."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.loyalty.domain.account.commands import CloseAccount, ExpirePoints, OpenAccount, SettleReceipt
from services.loyalty.domain.account.decider import ACCOUNT
from services.loyalty.domain.account.events import (
    AccountClosed,
    AccountOpened,
    DebtPaid,
    PointsEarned,
    PointsExpired,
    PointsReserved,
    PointsTakenBack,
    ReceiptSettled,
)
from services.loyalty.domain.values import Programme, ReceiptPoints
from shared.kernel.errors import InvalidInput
from shared.kernel.ids import derived_id
from shared.testing.specs import DeciderSpec

DAY = date(2026, 3, 1)
SPRING, SUMMER = date(2028, 3, 31), date(2028, 6, 30)
RECEIPT = derived_id("receipt", 1)
MEMBER = DeciderSpec(ACCOUNT).given(AccountOpened())


def settle(due: int, *, version: int = 1, known: ReceiptPoints | None = None, **more: Any) -> SettleReceipt:
    facts: dict[str, Any] = {"expires_on": SPRING, "debt_points_max": None} | more
    return SettleReceipt(
        receipt_id=RECEIPT,
        receipt_version=version,
        net_minor=due * 100,
        currency="USD",
        business_date=DAY,
        due=due,
        known=known,
        **facts,
    )


def settled(due: int, version: int, expires_on: date = SPRING) -> dict[str, Any]:
    return {
        "receipt_id": RECEIPT,
        "receipt_version": version,
        "net_minor": due * 100,
        "currency": "USD",
        "business_date": DAY,
        "expires_on": expires_on,
        "receipt_points": due,
    }


def earned(points: int, expires_on: date = SPRING, available: int = 0) -> PointsEarned:
    return PointsEarned(**settled(points, 1, expires_on), points=points, available=available or points)


def spent(points: int, lots: dict[date, int]) -> PointsReserved:
    return PointsReserved(
        redemption_id=derived_id("redemption", 1),
        points=points,
        lots=lots,
        reserved_until=datetime(2026, 3, 1, tzinfo=UTC),
        business_date=DAY,
        available=0,
    )


def taken_back(due: int, points: int, *, available: int, **more: Any) -> PointsTakenBack:
    facts: dict[str, Any] = {"lots": {}, "owed": 0, "forgiven": 0} | more
    return PointsTakenBack(**settled(due, 2), points=points, available=available, **facts)


def known(points: int) -> ReceiptPoints:
    return ReceiptPoints(version=1, points=points, expires_on=SPRING)


def test_a_receipt_earns_what_it_is_worth() -> None:
    MEMBER.when(settle(19)).then(earned(19))


def test_the_first_receipt_opens_the_account_if_registering_did_not() -> None:
    DeciderSpec(ACCOUNT).when(settle(19)).then(AccountOpened(), earned(19))


def test_a_receipt_that_earns_nothing_is_remembered() -> None:
    MEMBER.when(settle(0)).then(ReceiptSettled(**settled(0, 1)))


@pytest.mark.parametrize("version", [1, 2])
def test_a_version_that_is_not_newer_changes_nothing(version: int) -> None:
    MEMBER.given(earned(19)).when(
        settle(5, version=version, known=ReceiptPoints(2, 19, SPRING)),
    ).then_nothing()


def test_a_newer_version_worth_more_earns_the_difference_into_the_same_lot() -> None:
    MEMBER.given(earned(19)).when(settle(25, version=2, known=known(19), expires_on=SUMMER)).then(
        PointsEarned(**settled(25, 2), points=6, available=25),
    )


def test_a_return_takes_back_exactly_what_its_lines_earned() -> None:
    MEMBER.given(earned(19)).when(settle(12, version=2, known=known(19))).then(
        taken_back(12, 7, lots={SPRING: 7}, available=12),
    )


def test_a_return_that_costs_no_whole_point_is_remembered() -> None:
    MEMBER.given(earned(19)).when(settle(19, version=2, known=known(19))).then(ReceiptSettled(**settled(19, 2)))


def test_points_are_taken_from_the_lot_that_they_were_earned_into_and_then_from_the_earliest() -> None:
    early, late = date(2028, 1, 31), date(2028, 9, 30)
    MEMBER.given(earned(4, late), earned(3, early), earned(5)).when(settle(0, version=2, known=known(10))).then(
        taken_back(0, 10, lots={SPRING: 5, early: 3, late: 2}, available=2),
    )


def test_what_was_spent_becomes_a_debt() -> None:
    MEMBER.given(earned(19), spent(15, {SPRING: 15})).when(settle(0, version=2, known=known(19))).then(
        taken_back(0, 19, lots={SPRING: 4}, owed=15, available=-15),
    )


def test_without_debt_what_was_spent_is_forgiven() -> None:
    MEMBER.given(earned(19), spent(15, {SPRING: 15})).when(
        settle(0, version=2, known=known(19), debt_points_max=0),
    ).then(taken_back(0, 19, lots={SPRING: 4}, forgiven=15, available=0))


def test_a_debt_grows_to_its_limit_and_the_rest_is_forgiven() -> None:
    MEMBER.given(earned(19), spent(15, {SPRING: 15})).when(
        settle(0, version=2, known=known(19), debt_points_max=10),
    ).then(taken_back(0, 19, lots={SPRING: 4}, owed=10, forgiven=5, available=-10))


def test_what_is_owed_already_counts_towards_the_limit() -> None:
    MEMBER.given(taken_back(0, 8, owed=8, available=-8)).when(
        settle(0, version=2, known=known(5), debt_points_max=10),
    ).then(taken_back(0, 5, owed=2, forgiven=3, available=-10))


def test_new_points_pay_the_debt_first() -> None:
    in_debt = MEMBER.given(taken_back(0, 8, owed=8, available=-8))
    in_debt.when(settle(20)).then(
        earned(20, available=12),
        DebtPaid(points=8, lots={SPRING: 8}, business_date=DAY, available=12),
    )
    in_debt.when(settle(5)).then(
        PointsEarned(**settled(5, 1), points=5, available=-3),
        DebtPaid(points=5, lots={SPRING: 5}, business_date=DAY, available=-3),
    )


def test_a_closed_account_still_settles_so_that_sums_stay_right() -> None:
    closed = MEMBER.given(earned(19), AccountClosed())
    closed.when(settle(0, version=2, known=known(19))).then(taken_back(0, 19, lots={SPRING: 19}, available=0))
    closed.when(CloseAccount()).then_nothing()
    closed.when(OpenAccount()).then_nothing()


def test_an_account_is_opened_once_and_closed_even_if_it_never_was_opened() -> None:
    MEMBER.when(OpenAccount()).then_nothing()
    DeciderSpec(ACCOUNT).when(OpenAccount()).then(AccountOpened())
    DeciderSpec(ACCOUNT).when(CloseAccount()).then(AccountClosed())


def test_lots_expire_when_their_last_day_has_passed() -> None:
    account = MEMBER.given(earned(19), earned(5, SUMMER, available=24))
    account.when(ExpirePoints(SPRING)).then_nothing()
    account.when(ExpirePoints(date(2028, 4, 1))).then(
        PointsExpired(points=19, expires_on=SPRING, business_date=date(2028, 4, 1), available=5),
    )


@pytest.mark.parametrize(
    ("net_minor", "currency", "points"),
    [(1999, "USD", 19), (99, "USD", 0), (0, "CNY", 0), (-500, "USD", 0), (1999, "JPY", 1999), (1999, "KWD", 1)],
)
def test_one_point_per_whole_unit_floored_once_per_receipt(net_minor: int, currency: str, points: int) -> None:
    assert Programme().points_for(net_minor, currency) == points
    assert Programme(points_per_unit=3).points_for(net_minor, currency) == 3 * points


def test_points_are_no_money_of_an_unknown_currency() -> None:
    with pytest.raises(InvalidInput, match="XYZ"):
        Programme().points_for(100, "XYZ")


@pytest.mark.parametrize(
    ("business_date", "months", "last_day"),
    [
        (date(2017, 1, 1), 24, date(2019, 1, 31)),
        (date(2026, 2, 28), 24, date(2028, 2, 29)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 11, 30), 1, date(2026, 12, 31)),
    ],
)
def test_points_expire_at_the_end_of_a_month(business_date: date, months: int, last_day: date) -> None:
    assert Programme(expire_after_months=months).expires_on(business_date) == last_day
