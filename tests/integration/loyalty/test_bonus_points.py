"""Bonus points of campaigns: booked beside a receipt's base points, by the same rules, under an id of their own."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from shared.contracts.campaigns import BonusPointsDue
from shared.contracts.loyalty import PointsEarned, PointsTakenBack
from shared.contracts.stores import SaleVoided
from shared.kernel.ids import derived_id
from tests.support.sales import DAY, NOON, erased, member, outgoing, receipt, sale

if TYPE_CHECKING:
    from tests.integration.loyalty.conftest import Loyalty

ANNE, BEN = member("anne"), member("ben")
DOUBLE = derived_id("campaign", "double points")


def bonus(who: UUID, which: UUID, points: int, *, version: int = 1, campaign: UUID = DOUBLE) -> BonusPointsDue:
    return BonusPointsDue(
        customer_id=who,
        campaign_id=campaign,
        receipt_id=which,
        receipt_version=version,
        points=points,
        currency="USD",
        business_date=DAY,
        occurred_at=NOON,
    )


def test_a_bonus_stands_beside_the_base_points_and_goes_with_its_lines(loyalty: Loyalty) -> None:
    loyalty.hears(sale(ANNE, receipt(1), net=1000), bonus(ANNE, receipt(1), 10))
    assert loyalty.account(ANNE)["available"] == 20
    loyalty.hears(bonus(ANNE, receipt(1), 4, version=2), sale(ANNE, receipt(1), version=2, net=400))
    assert loyalty.account(ANNE)["available"] == 8
    loyalty.hears(bonus(ANNE, receipt(1), 0, version=3), sale(ANNE, receipt(1), version=3, net=0, kind=SaleVoided))
    assert loyalty.account(ANNE)["available"] == 0
    assert not loyalty.complaints()


def test_copies_and_late_versions_change_nothing(loyalty: Loyalty) -> None:
    loyalty.hears(bonus(ANNE, receipt(1), 4, version=2))
    loyalty.hears(bonus(ANNE, receipt(1), 10, version=1), bonus(ANNE, receipt(1), 4, version=2))
    assert loyalty.account(ANNE)["available"] == 4
    assert not loyalty.complaints()


def test_two_campaigns_on_one_receipt_are_two_bonuses(loyalty: Loyalty) -> None:
    other = derived_id("campaign", "happy hour")
    loyalty.hears(bonus(ANNE, receipt(1), 10), bonus(ANNE, receipt(1), 5, campaign=other))
    loyalty.hears(bonus(ANNE, receipt(1), 0, version=2))
    assert loyalty.account(ANNE)["available"] == 5


def test_a_receipt_that_moves_to_another_member_takes_its_bonus_along(loyalty: Loyalty) -> None:
    loyalty.hears(bonus(ANNE, receipt(1), 10))
    loyalty.hears(bonus(ANNE, receipt(1), 0, version=2), bonus(BEN, receipt(1), 10, version=2))
    assert (loyalty.account(ANNE)["available"], loyalty.account(BEN)["available"]) == (0, 10)
    assert loyalty.rows("select count(*) from bonuses") == [(1,)]
    assert not loyalty.complaints()


def test_a_spent_bonus_that_is_taken_back_becomes_a_debt(loyalty: Loyalty) -> None:
    loyalty.hears(bonus(ANNE, receipt(1), 10))
    assert loyalty.reserve(ANNE, receipt("redemption"), 10).status_code == 201
    loyalty.hears(bonus(ANNE, receipt(1), 3, version=2))
    assert loyalty.account(ANNE)["debt"] == 7
    assert not loyalty.complaints()


def test_the_member_reads_which_receipt_and_which_campaign_a_bonus_is_for(loyalty: Loyalty) -> None:
    loyalty.hears(sale(ANNE, receipt(1), net=1000))
    loyalty.hears(bonus(ANNE, receipt(1), 10), bonus(ANNE, receipt(1), 4, version=2))
    bookings = loyalty.http.get(f"/accounts/{ANNE}/statement").json()["items"]
    told = [(item["points"], item["receipt_id"], item["campaign_id"]) for item in bookings]
    r = str(receipt(1))
    assert told == [(-6, r, str(DOUBLE)), (10, r, str(DOUBLE)), (10, r, None)]


def test_others_are_told_of_the_receipt_that_earned_it(loyalty: Loyalty) -> None:
    loyalty.hears(bonus(ANNE, receipt(1), 10), bonus(ANNE, receipt(1), 4, version=2))
    bodies = [bytes(body) for (body,) in loyalty.rows("select body from outbox order by id")]
    assert PointsEarned.model_validate_json(bodies[0]).receipt_id == receipt(1)
    assert PointsTakenBack.model_validate_json(bodies[1]).receipt_id == receipt(1)


def test_erasing_a_member_leaves_the_books_and_settles_what_comes_late(loyalty: Loyalty) -> None:
    loyalty.hears(bonus(ANNE, receipt(1), 10), erased(ANNE))
    loyalty.hears(bonus(ANNE, receipt(1), 4, version=2))
    account = loyalty.account(ANNE)
    assert (account["closed"], account["available"]) == (True, 4)
    assert not loyalty.complaints()


def test_any_batches_of_any_redelivery_end_in_the_same_points(loyalty: Loyalty) -> None:
    seed = random.randrange(2**32)  # noqa: S311 - other batches each time
    print("seed", seed)  # noqa: T201 - to run a failure again
    chance = random.Random(seed)  # noqa: S311
    newest: dict[Any, int] = {}
    told = []
    for _ in range(200):
        key, version = (member(chance.randrange(5)), receipt(chance.randrange(12))), chance.randrange(1, 5)
        told.append(outgoing(bonus(*key, points=(key[1].int >> version) % 90, version=version)))
        newest[key] = max(newest.get(key, 0), version)
    told += chance.sample(told, 60)
    while told:
        some, told = told[: (cut := chance.randrange(1, 60))], told[cut:]
        loyalty.log.publish(some)
        loyalty.catch_up()
    points = sum((key[1].int >> version) % 90 for key, version in newest.items())
    assert loyalty.http.get("/liability").json()["outstanding"] == points
    assert not loyalty.complaints()


@pytest.mark.parametrize("wrong", [{"points": -1}, {"points": 10**10}, {"currency": "yen"}])
def test_what_no_computation_can_take_is_parked_alone(loyalty: Loyalty, wrong: dict[str, Any]) -> None:
    loyalty.hears(bonus(ANNE, receipt(1), 1).model_copy(update=wrong), bonus(BEN, receipt(2), 10))
    assert loyalty.account(BEN)["available"] == 10
    assert loyalty.rows("select consumer from parked") == [("loyalty.bonuses",)]
