"""What a member could use now, before there is a basket, and why not the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from shared.kernel.ids import new_id
from tests.integration.campaigns.conftest import entered
from tests.support.checkouts import till
from tests.support.sales import member

if TYPE_CHECKING:
    from tests.integration.campaigns.conftest import Campaigns

ANN, BOB = member("ann"), member("bob")
PLAIN = {"segment": None, "message": None, "hold_out_percent": 0, "budget": {"currency": "USD"}}


def running(campaigns: Campaigns, code: str, **more: Any) -> UUID:
    return campaigns.running(**PLAIN | {"code": code, "name": {"zh-CN": f"活动{code}", "en": code}} | more)


def offers(campaigns: Campaigns, who: UUID) -> dict[str, dict[str, Any]]:
    answer = campaigns.http.get(f"/customers/{who}/offers").raise_for_status().json()
    assert answer["customer_id"] == str(who)
    return {item["code"]: item for item in answer["items"]}


def why(campaigns: Campaigns, who: UUID) -> dict[str, str | None]:
    return {code: item["why_not"] and item["why_not"]["code"] for code, item in offers(campaigns, who).items()}


def test_an_offer_is_told_in_both_languages_with_its_terms(campaigns: Campaigns) -> None:
    campaigns.joins(ANN)
    conditions = {"stores": ["31"], "min_basket_minor": 500}
    id_ = running(
        campaigns,
        "spring",
        offer={"kind": "percent", "percent": "15", "max_minor": 900, "conditions": conditions},
        budget={"currency": "USD", "uses_per_member": 2, "uses_per_store": 9},
        days=7,
    )
    [found] = offers(campaigns, ANN).values()
    assert found.pop("ends_at") == campaigns.campaign(id_)["ends_at"]
    assert found == {
        "campaign_id": str(id_),
        "code": "spring",
        "name": {"zh-CN": "活动spring", "en": "spring"},
        "offer": {"zh-CN": "8.5折, 最高减 9.00 USD", "en": "15 % off, at most 9.00 USD"},
        "usable": True,
        "why_not": None,
        "uses_left": 2,
        "coupon_required": False,
        "min_basket_minor": 500,
        "currency": "USD",
        "categories": [],
        "stores": ["31"],
        "regions": [],
        "hours": [],
        "uses_per_store": 9,
    }


def test_what_is_not_hers_comes_last_with_the_reason(campaigns: Campaigns) -> None:
    campaigns.joins(ANN, segment="loyal")
    campaigns.joins(BOB)
    running(campaigns, "a-loyal", segment="loyal", days=30)
    running(campaigns, "b-everybody", days=20)
    running(campaigns, "c-soonest", days=10)
    running(campaigns, "d-coupon", coupon_required=True)
    assert list(offers(campaigns, ANN)) == ["c-soonest", "b-everybody", "a-loyal", "d-coupon"]
    assert why(campaigns, ANN) == {"c-soonest": None, "b-everybody": None, "a-loyal": None, "d-coupon": "coupon_needed"}
    assert why(campaigns, BOB)["a-loyal"] == "not_in_segment"
    assert list(offers(campaigns, BOB))[:2] == ["c-soonest", "b-everybody"]
    said = offers(campaigns, BOB)["a-loyal"]["why_not"]["reason"]
    assert said == {"zh-CN": "该会员不在活动客群", "en": "the member is not in the segment loyal"}
    campaigns.hears(entered(BOB, "loyal"))
    assert why(campaigns, BOB)["a-loyal"] is None


def test_uses_that_are_taken_are_not_left(campaigns: Campaigns) -> None:
    campaigns.joins(ANN, BOB)
    running(campaigns, "few", budget={"currency": "USD", "uses": 3, "uses_per_member": 1})
    assert offers(campaigns, ANN)["few"]["uses_left"] == 1
    assert till(campaigns).reserve("c1", ANN)["effects"]
    found = offers(campaigns, ANN)["few"]
    assert (found["uses_left"], found["usable"], found["why_not"]["code"]) == (0, False, "member_limit")
    assert offers(campaigns, BOB)["few"]["uses_left"] == 1
    for number in (2, 3):
        assert till(campaigns).reserve(f"c{number}", member(f"m{number}"))["effects"]
    assert why(campaigns, BOB) == {"few": "used_up"}


def test_a_coupon_of_her_own_makes_it_hers(campaigns: Campaigns) -> None:
    campaigns.joins(ANN, BOB)
    id_ = running(campaigns, "coupon", coupon_required=True)
    answer = campaigns.http.post(f"/campaigns/{id_}/coupons", json={"customer_ids": [str(ANN)]})
    answer.raise_for_status()
    assert (why(campaigns, ANN), why(campaigns, BOB)) == ({"coupon": None}, {"coupon": "coupon_needed"})


def test_whoever_is_held_out_is_told_so(campaigns: Campaigns) -> None:
    members = [member(f"m{n}") for n in range(40)]
    campaigns.joins(*members, segment="loyal")
    id_ = running(campaigns, "measured", segment="loyal", hold_out_percent=50)
    arms = campaigns.arms(id_)
    assert set(arms.values()) == {"treated", "held_out"}
    for arm, code in (("treated", None), ("held_out", "held_out")):
        who = next(member for member, mine in arms.items() if mine == arm)
        assert why(campaigns, who) == {"measured": code}


def test_a_campaign_that_has_ended_or_is_paused_is_not_told(campaigns: Campaigns) -> None:
    campaigns.joins(ANN)
    paused = running(campaigns, "paused")
    running(campaigns, "short", days=1)
    campaigns.http.post(f"/campaigns/{paused}/pause", json={"reason": "stock"}).raise_for_status()
    assert set(offers(campaigns, ANN)) == {"short"}
    campaigns.time_passes(days=2)
    assert offers(campaigns, ANN) == {}


def test_a_clerk_asks_for_members_of_her_stores_only(campaigns: Campaigns) -> None:
    campaigns.joins(ANN)
    clerk = campaigns.by("clerk", stores=["31"])
    for who in (ANN, new_id()):
        answer = clerk.get(f"/customers/{who}/offers")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert clerk.get("/customers/%00/offers").status_code == 422


@pytest.mark.parametrize(
    ("offer", "chinese"),
    [
        ({"kind": "percent", "percent": "20"}, "8折"),
        ({"kind": "percent", "percent": "100"}, "免费"),
        ({"kind": "amount", "amount_minor": 1000}, "立减 10.00 USD"),
        ({"kind": "fixed_price", "price_minor": 990}, "每件 9.90 USD"),
        ({"kind": "buy_x_get_y", "buy": 2, "get": 1}, "买2送1"),
        ({"kind": "buy_x_get_y", "buy": 1, "get": 1, "percent_off": "50"}, "每2件中最便宜的1件5折"),
        ({"kind": "points", "points": 100}, "额外100积分"),
        ({"kind": "points", "factor": "2.00"}, "2倍积分"),
    ],
)
def test_every_kind_of_offer_has_chinese_words(campaigns: Campaigns, offer: dict[str, Any], chinese: str) -> None:
    campaigns.joins(ANN)
    running(campaigns, "kind", offer=offer)
    assert offers(campaigns, ANN)["kind"]["offer"]["zh-CN"] == chinese
