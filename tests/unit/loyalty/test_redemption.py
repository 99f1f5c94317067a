"""Redeeming: reserve, then confirm, cancel, or run out of time; every command may come again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.loyalty.domain.account.commands import (
    CancelRedemption,
    ConfirmRedemption,
    ExpireReservation,
    ReservePoints,
)
from services.loyalty.domain.account.decider import ACCOUNT
from services.loyalty.domain.account.errors import (
    AccountIsClosed,
    AccountNotFound,
    InsufficientPoints,
    RedemptionCancelled,
    RedemptionConfirmed,
    RedemptionIdTaken,
    ReservationExpired,
    ReservationTime,
)
from services.loyalty.domain.account.events import (
    AccountClosed,
    AccountOpened,
    DebtPaid,
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    PointsReleased,
    PointsReserved,
    PointsTakenBack,
)
from services.loyalty.domain.values import Redemption, RedemptionStatus
from shared.kernel.ids import derived_id
from shared.testing.specs import DeciderSpec

TODAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=15)
EARLY, LATE = date(2026, 4, 30), date(2026, 9, 30)
ME, SOMEBODY = derived_id("member", 1), derived_id("member", 2)
REDEMPTION = derived_id("redemption", 1)


def earned(points: int, lot: date, available: int) -> PointsEarned:
    return PointsEarned(
        receipt_id=derived_id("receipt", lot),
        receipt_version=1,
        net_minor=points * 100,
        currency="USD",
        business_date=TODAY,
        expires_on=lot,
        receipt_points=points,
        points=points,
        available=available,
    )


RICH = DeciderSpec(ACCOUNT).given(AccountOpened(), earned(50, LATE, 50), earned(30, EARLY, 80))
RESERVED = PointsReserved(
    redemption_id=REDEMPTION,
    points=40,
    lots={EARLY: 30, LATE: 10},
    reserved_until=UNTIL,
    business_date=TODAY,
    available=40,
)


def reserve(points: int = 40, **more: Any) -> ReservePoints:
    facts: dict[str, Any] = {"customer_id": ME, "reserved_until": UNTIL, "now": NOW, "today": TODAY, "known": None}
    return ReservePoints(redemption_id=REDEMPTION, points=points, **facts | more)


def known(status: RedemptionStatus, points: int = 40, customer_id: Any = ME) -> Redemption:
    return Redemption(customer_id, points, status)


def confirm(status: RedemptionStatus = "reserved", now: datetime = NOW) -> ConfirmRedemption:
    return ConfirmRedemption(REDEMPTION, now=now, today=TODAY, known=known(status))


def cancel(status: RedemptionStatus = "reserved", today: date = TODAY) -> CancelRedemption:
    return CancelRedemption(REDEMPTION, today=today, known=known(status))


def released(reason: Any, available: int, today: date = TODAY) -> PointsReleased:
    return PointsReleased(
        redemption_id=REDEMPTION,
        points=40,
        lots={EARLY: 30, LATE: 10},
        reason=reason,
        business_date=today,
        available=available,
    )


def redeemed() -> PointsRedeemed:
    return PointsRedeemed(
        redemption_id=REDEMPTION,
        points=40,
        lots={EARLY: 30, LATE: 10},
        business_date=TODAY,
        available=40,
    )


def test_the_earliest_expiry_burns_first() -> None:
    RICH.when(reserve()).then(RESERVED).when(confirm()).then(redeemed())


def test_all_that_can_be_spent_can_be_reserved_and_not_one_point_more() -> None:
    RICH.when(reserve(81)).then_rejected(InsufficientPoints)
    rejected = RICH.when(reserve(81)).outcome
    assert isinstance(rejected, InsufficientPoints)
    assert "81" in rejected.message
    assert "80" in rejected.message
    assert RICH.when(reserve(80)).outcome == [
        RESERVED.model_copy(update={"points": 80, "lots": {EARLY: 30, LATE: 50}, "available": 0}),
    ]


def test_a_lot_whose_day_has_passed_cannot_be_spent_also_before_the_job_has_seen_it() -> None:
    later = {"today": date(2026, 5, 1)}
    RICH.when(reserve(51, **later)).then_rejected(InsufficientPoints)
    RICH.when(reserve(50, **later)).then(
        RESERVED.model_copy(
            update={"points": 50, "lots": {LATE: 50}, "available": 30, "business_date": date(2026, 5, 1)},
        ),
    )


def test_who_is_in_debt_can_reserve_nothing() -> None:
    owed = PointsTakenBack(
        **earned(1, EARLY, 0).model_dump(exclude={"points", "available"}),
        points=5,
        lots={},
        owed=5,
        forgiven=0,
        available=-5,
    )
    DeciderSpec(ACCOUNT).given(AccountOpened(), owed).when(reserve(1)).then_rejected(InsufficientPoints)


def test_nobody_redeems_from_an_account_that_is_not_there_or_closed() -> None:
    DeciderSpec(ACCOUNT).when(reserve()).then_rejected(AccountNotFound)
    RICH.given(AccountClosed()).when(reserve()).then_rejected(AccountIsClosed)


def test_what_was_reserved_before_closing_may_still_be_confirmed() -> None:
    RICH.given(RESERVED, AccountClosed()).when(confirm()).then(redeemed())


def test_a_reservation_must_end_later_than_now() -> None:
    RICH.when(reserve(reserved_until=NOW)).then_rejected(ReservationTime)


@pytest.mark.parametrize("status", ["reserved", "confirmed", "cancelled", "expired"])
def test_the_same_redemption_again_changes_nothing_whatever_became_of_it(status: RedemptionStatus) -> None:
    RICH.when(reserve(known=known(status))).then_nothing()


@pytest.mark.parametrize("other", [known("reserved", points=41), known("confirmed", customer_id=SOMEBODY)])
def test_an_id_stands_for_one_redemption(other: Redemption) -> None:
    RICH.when(reserve(known=other)).then_rejected(RedemptionIdTaken)


def test_confirming_again_changes_nothing() -> None:
    RICH.given(RESERVED, redeemed()).when(confirm("confirmed")).then_nothing()


def test_cancelling_puts_points_back_into_their_own_lots_and_may_come_again() -> None:
    RICH.given(RESERVED).when(cancel()).then(released("cancelled", 80)).when(cancel("cancelled")).then_nothing()
    RICH.given(RESERVED, released("expired", 80)).when(cancel("expired")).then_nothing()


def test_confirmed_and_cancelled_exclude_each_other() -> None:
    RICH.given(RESERVED, redeemed()).when(cancel("confirmed")).then_rejected(RedemptionConfirmed)
    RICH.given(RESERVED, released("cancelled", 80)).when(confirm("cancelled")).then_rejected(RedemptionCancelled)


def test_a_confirm_at_the_last_moment_is_too_late() -> None:
    RICH.given(RESERVED).when(confirm(now=UNTIL - timedelta(microseconds=1))).then(redeemed())
    RICH.given(RESERVED).when(confirm(now=UNTIL)).then_rejected(ReservationExpired)
    RICH.given(RESERVED, released("expired", 80)).when(confirm("expired")).then_rejected(ReservationExpired)


def test_a_reservation_runs_out_once_and_not_before_its_time() -> None:
    RICH.given(RESERVED).when(ExpireReservation(REDEMPTION, now=NOW, today=TODAY)).then_nothing()
    RICH.given(RESERVED).when(ExpireReservation(REDEMPTION, now=UNTIL, today=TODAY)).then(
        released("expired", 80),
    ).when(ExpireReservation(REDEMPTION, now=UNTIL, today=TODAY)).then_nothing()


def test_what_comes_back_into_a_lot_that_is_over_expires_there() -> None:
    may = date(2026, 5, 1)
    RICH.given(RESERVED).when(cancel(today=may)).then(
        released("cancelled", 80, may),
        PointsExpired(points=30, expires_on=EARLY, business_date=may, available=50),
    )


def test_what_comes_back_pays_what_is_owed_first() -> None:
    taken_back = PointsTakenBack(
        **earned(0, LATE, 0).model_dump(exclude={"points", "available"}),
        points=65,
        lots={LATE: 40},
        owed=25,
        forgiven=0,
        available=-25,
    )
    RICH.given(RESERVED, taken_back).when(cancel()).then(
        released("cancelled", 15),
        DebtPaid(points=25, lots={EARLY: 25}, business_date=TODAY, available=15),
    )
