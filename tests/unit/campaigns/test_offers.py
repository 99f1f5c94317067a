"""What each kind of offer takes off, when it holds, and the laws that every quote keeps."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.campaigns.domain.budget.limits import Spent
from services.campaigns.domain.funding import split
from services.campaigns.domain.offers.definition import CampaignDraft
from services.campaigns.domain.offers.points import bonus
from tests.support.promotions import (
    ANN,
    MONDAY_NOON,
    asked,
    basket,
    campaign,
    campaign_id,
    line,
    lines_of,
    member,
    reasons,
)

FIFTH = {"kind": "percent", "percent": "20"}
DEAL = {"kind": "buy_x_get_y", "buy": 2, "get": 1}

PRICED = [
    ("a fifth of everything", FIFTH, {}, [(1, 1000), (2, 500)], {1: 200, 2: 100}),
    ("floored, and the cent to the largest fraction", FIFTH, {}, [(1, 333), (2, 333)], {1: 67, 2: 66}),
    ("a third, over three equal lines", {"kind": "percent", "percent": "33.33"}, {}, [(1, 1), (2, 1), (3, 1)], {}),
    ("at most so much", FIFTH | {"max_minor": 100}, {}, [(1, 1000), (2, 500)], {1: 67, 2: 33}),
    ("everything", {"kind": "percent", "percent": "100"}, {}, [(1, 999), (2, 1)], {1: 999, 2: 1}),
    ("an amount, by the worth of lines", {"kind": "amount", "amount_minor": 300}, {}, [(1, 1000), (2, 500)],
     {1: 200, 2: 100}),
    ("an amount that is more than there is", {"kind": "amount", "amount_minor": 5000}, {}, [(1, 1000)], {1: 1000}),
    ("only the products named", FIFTH, {"products": ["tea"]}, [(1, 1000, "1", "tea"), (2, 500, "1", "rice")], {1: 200}),
    ("only the categories named", FIFTH, {"categories": ["food"]}, [(1, 1000, "1", "x", "food"), (2, 5, "1", "y")],
     {1: 200}),
    ("by product or by category", FIFTH, {"products": ["y"], "categories": ["food"]},
     [(1, 1000, "1", "x", "food"), (2, 500, "1", "y"), (3, 500, "1", "z")], {1: 200, 2: 100}),
    ("but what is excluded", FIFTH, {"excluded_products": ["rice"]}, [(1, 1000), (2, 500, "1", "rice")], {1: 200}),
    ("each piece for", {"kind": "fixed_price", "price_minor": 300}, {}, [(1, 1000, "2"), (2, 200)], {1: 400}),
    ("each kilogram for", {"kind": "fixed_price", "price_minor": 299}, {}, [(1, 600, "1.5")], {1: 151}),
    ("the third is free", DEAL, {}, [(1, 900, "3")], {1: 300}),
    ("the cheapest is free", DEAL, {}, [(1, 500), (2, 300), (3, 400)], {2: 300}),
    ("two of six", DEAL, {}, [(1, 1000, "4"), (2, 300, "2")], {2: 300}),
    ("two do not make three", DEAL, {}, [(1, 1000, "2")], {}),
    ("half off the second", {"kind": "buy_x_get_y", "buy": 1, "get": 1, "percent_off": "50"}, {}, [(1, 1000, "2")],
     {1: 250}),
    ("what is weighed has no pieces", DEAL, {}, [(1, 1000, "3.5")], {}),
    ("of one product only", DEAL | {"same": "product"}, {}, [(1, 500, "2"), (2, 300, "1", "rice")], {}),
    ("two lines of one product", DEAL | {"same": "product"}, {}, [(1, 500, "2"), (2, 240)], {2: 240}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "offer", "conditions", "lines", "expected"), PRICED, ids=[row[0] for row in PRICED])
def test_offer_takes_off(
    what: str, offer: dict[str, Any], conditions: dict[str, Any], lines: list[Any], expected: dict[int, int]
) -> None:
    found = asked(basket(*(line(*one) for one in lines)), [campaign(offer, conditions=conditions)])
    assert lines_of(found) == expected, what
    assert found.discount_minor == sum(expected.values())


RUNNING = {"began_days_ago": 1}
REFUSED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("not_started", {"began_days_ago": -1}, {}, "begins later"),
    ("over", {"began_days_ago": 14}, {}, "its last moment is not in it"),
    ("other_currency", {"budget": {"currency": "CNY"}}, {}, "currency"),
    ("other_store", {"conditions": {"stores": ["31"]}}, {}, "store"),
    ("other_store", {"conditions": {"regions": ["north"]}}, {"region": "south"}, "region"),
    ("other_hours", {"conditions": {"hours": [{"from": "13:00", "to": "18:00"}]}}, {}, "hour"),
    ("other_hours", {"conditions": {"hours": [{"weekdays": [2], "from": "00:00", "to": "23:59"}]}}, {}, "weekday"),
    ("member_needed", {"segment": "cooling"}, {}, "a segment's, and nobody shows a card"),
    ("member_needed", {"budget": {"uses_per_member": 1}}, {}, "a limit per member, and nobody shows a card"),
    ("not_in_segment", {"segment": "cooling"}, {"buyer": member()}, "campaign's segment"),
    ("not_in_segment", {"conditions": {"segment": "vip"}}, {"buyer": member(segments=frozenset({"x"}))}, "own segment"),
    ("not_first_purchase", {"conditions": {"first_purchase": True}}, {"buyer": member(bought_before=True)}, "first"),
    ("held_out", {}, {"buyer": member(arms={"global": "held_out"})}, "global hold-out"),
    ("held_out", {}, {"buyer": member(arms={str(campaign_id("a")): "held_out"})}, "own hold-out"),
    ("no_fitting_line", {"conditions": {"products": ["rice"]}}, {}, "product"),
    ("basket_too_small", {"conditions": {"min_basket_minor": 1001}}, {}, "basket"),
    ("coupon_needed", {"coupon_required": True}, {}, "coupon"),
    ("used_up", {"budget": {"uses": 3}}, {"spent": {str(campaign_id("a")): Spent(3, 0)}}, "uses"),
    ("money_used_up", {"budget": {"money_minor": 500}}, {"spent": {str(campaign_id("a")): Spent(9, 301)}}, "money"),
    ("member_limit", {"budget": {"uses_per_member": 2}},
     {"buyer": member(), "spent": {f"{campaign_id('a')}.member.{ANN}": Spent(2, 0)}}, "member"),
    ("store_limit", {"budget": {"uses_per_store": 2}},
     {"spent": {f"{campaign_id('a')}.store.367": Spent(2, 0)}}, "store"),
    ("other_party_redeems", {"joint": {"claim_party": "cafe", "redeem_party": "us", "shares": {"cafe": 50, "us": 50}}},
     {"party": "cafe"}, "joint, elsewhere"),
    ("not_claimed", {"joint": {"claim_party": "cafe", "redeem_party": "us", "shares": {"cafe": 50, "us": 50}}},
     {"party": "us"}, "joint, not claimed"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "defined", "known", "what"), REFUSED, ids=[f"{row[0]}-{row[3]}" for row in REFUSED])
def test_offer_does_not_hold(code: str, defined: dict[str, Any], known: dict[str, Any], what: str) -> None:
    found = asked(basket(line(1, 1000)), [campaign(FIFTH, **RUNNING | defined)], **known)
    assert (reasons(found), found.discount_minor) == ({"a": code}, 0), what


HOLDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("a region instead of a store", {"conditions": {"stores": ["31"], "regions": ["north"]}}, {"region": "north"}),
    ("over midnight, in the early hours of the next day",
     {"conditions": {"hours": [{"weekdays": [7], "from": "22:00", "to": "13:00"}]}}, {}),
    ("treated, though not in the segment any more",
     {"segment": "cooling"}, {"buyer": member(arms={str(campaign_id("a")): "treated"})}),
    ("came into the segment after the start",
     {"segment": "cooling"}, {"buyer": member(segments=frozenset({"cooling"}))}),
    ("first purchase", {"conditions": {"first_purchase": True}}, {"buyer": member()}),
    ("a coupon at hand", {"coupon_required": True}, {"coupons": frozenset({campaign_id("a")})}),
    ("claimed there and redeemed here",
     {"joint": {"claim_party": "cafe", "redeem_party": "us", "shares": {"cafe": 50, "us": 50}}},
     {"party": "us", "claimed": frozenset({campaign_id("a")})}),
    ("the last use", {"budget": {"uses": 3}}, {"spent": {str(campaign_id("a")): Spent(2, 0)}}),
    ("the last money", {"budget": {"money_minor": 500}}, {"spent": {str(campaign_id("a")): Spent(9, 300)}}),
    ("another member's uses do not count", {"budget": {"uses_per_member": 1}},
     {"buyer": member(), "spent": {f"{campaign_id('a')}.member.x": Spent(1, 0)}}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "defined", "known"), HOLDS, ids=[row[0] for row in HOLDS])
def test_offer_holds(what: str, defined: dict[str, Any], known: dict[str, Any]) -> None:
    found = asked(basket(line(1, 1000)), [campaign(FIFTH, **defined)], **known)
    assert found.discount_minor == 200, what
    assert found.why_not == ()


def test_a_draft_has_no_time_yet() -> None:
    draft = campaign(FIFTH).model_copy(update={"starts_at": None, "ends_at": None, "status": "draft"})
    assert asked(basket(line(1, 1000), at=MONDAY_NOON - timedelta(days=900)), [draft]).discount_minor == 200


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"offer": {"kind": "percent", "percent": "20.001"}}, "decimal"),
        ({"offer": {"kind": "percent", "percent": "100.01"}}, "less than or equal to 100"),
        ({"offer": {"kind": "points"}}, "either a factor or a number"),
        ({"offer": {"kind": "amount", "amount_minor": 500}, "budget": {}}, "budget.currency is missing"),
        ({"offer": {"kind": "points", "factor": 2}, "budget": {"money_minor": 5, "currency": "USD"}}, "limit its uses"),
        ({"name": {"en": "x"}}, "both languages"),
        ({"segment": "Cooling!"}, "pattern"),
        ({"joint": {"claim_party": "a", "redeem_party": "a", "shares": {"a": 100}}}, "two parties"),
        ({"joint": {"claim_party": "a", "redeem_party": "b", "shares": {"a": 50, "b": 49}}}, "sum to 100"),
    ],
)
def test_drafts_that_cannot_be(more: dict[str, Any], says: str) -> None:
    draft = {"code": "a", "name": {"zh-CN": "a", "en": "a"}, "days": 1, "offer": {"kind": "percent", "percent": 5}}
    with pytest.raises(ValidationError, match=says):
        CampaignDraft.model_validate(draft | more)


def test_points_are_for_what_is_paid_in_the_end() -> None:
    points = campaign({"kind": "points", "factor": "2.5"}, "p", stacking_group="points")
    cheaper = campaign(FIFTH, "z", stacking_group="z-later")
    found = asked(basket(line(1, 1000), line(2, 999)), [points, cheaper], member())
    # 19.99 less 3.99 is 16.00: 16 base points, one and a half times as many more.
    assert [(effect.points, effect.amount_minor) for effect in found.effects] == [(24, 0), (None, 399)]


@pytest.mark.parametrize(
    ("net", "factor", "currency", "points"),
    [(1999, "2", "USD", 19), (1999, "1.5", "USD", 9), (99, "3", "USD", 0), (500, "2", "JPY", 500), (-5, "2", "USD", 0)],
)
def test_bonus_points(net: int, factor: str, currency: str, points: int) -> None:
    assert bonus(net, currency, factor=Decimal(factor), per_unit=1) == points


# Laws.

offers = st.one_of(
    st.fixed_dictionaries({
        "kind": st.just("percent"),
        "percent": st.decimals("0.01", "100", places=2).map(str),
        "max_minor": st.none() | st.integers(1, 2000),
    }),
    st.fixed_dictionaries({"kind": st.just("amount"), "amount_minor": st.integers(1, 5000)}),
    st.fixed_dictionaries({"kind": st.just("fixed_price"), "price_minor": st.integers(0, 500)}),
    st.fixed_dictionaries({
        "kind": st.just("buy_x_get_y"),
        "buy": st.integers(1, 3),
        "get": st.integers(1, 2),
        "percent_off": st.decimals("1", "100", places=2).map(str),
        "same": st.sampled_from(["set", "product"]),
    }),
    st.fixed_dictionaries({"kind": st.just("points"), "factor": st.sampled_from(["2", "1.5"])}),
)  # fmt: skip
bought = st.lists(
    st.tuples(
        st.integers(0, 3000),
        st.sampled_from(["1", "2", "3", "0.75", "7"]),
        st.sampled_from(["tea", "rice", "soap"]),
        st.sampled_from([None, "food"]),
    ),
    min_size=1,
    max_size=6,
).map(lambda rows: [line(number, *row) for number, row in enumerate(rows, 1)])
sold = st.lists(
    st.tuples(offers, st.sampled_from(["default", "other", "exclusive", "third"]), st.sampled_from([(), ("tea",)])),
    max_size=5,
).map(
    lambda rows: [
        campaign(
            offer, f"c{n}", stacking_group=group, conditions={"products": list(products)}, began_days_ago=n % 2 + 1
        )
        for n, (offer, group, products) in enumerate(rows)
    ],
)


@given(bought, sold, st.randoms())
def test_the_order_of_lines_and_campaigns_means_nothing(lines: Any, campaigns: Any, random: Any) -> None:
    first = asked(basket(*lines), campaigns, member())
    random.shuffle(lines)
    random.shuffle(campaigns)
    again = asked(basket(*lines), campaigns, member())
    assert again.effects == first.effects
    assert reasons(again) == reasons(first)


@given(bought, sold)
def test_no_line_goes_below_zero_and_all_reasons_are_given(lines: Any, campaigns: Any) -> None:
    found = asked(basket(*lines), campaigns, member())
    for one in lines:
        off = [effect.lines.get(one.line, 0) for effect in found.effects]
        assert min(off, default=0) >= 0
        assert sum(off) <= one.amount_minor
    applied = {effect.campaign.definition.code for effect in found.effects}
    refused = [no.offer for no in found.why_not]
    assert len(set(refused)) == len(refused)
    assert applied | set(refused) == {one.definition.code for one in campaigns}
    assert not applied & set(refused)


@given(bought, offers.filter(lambda offer: offer["kind"] == "percent"))
def test_a_percent_is_floored_once_and_shared_in_proportion(lines: Any, offer: dict[str, Any]) -> None:
    total = sum(one.amount_minor for one in lines)
    due = int(total * Decimal(offer["percent"]) / 100)
    due = due if offer["max_minor"] is None else min(due, offer["max_minor"])
    found = asked(basket(*lines), [campaign(offer)])
    assert found.discount_minor == due
    for one in lines:
        assert abs(lines_of(found).get(one.line, 0) - Decimal(due * one.amount_minor) / max(total, 1)) < 1


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_funding_sums_to_the_discount(discount: int, share: int) -> None:
    shares = {"us": Decimal(share) / 100, "cafe": Decimal(10_000 - share) / 100}
    parts = dict(split(discount, shares))
    assert list(parts) == ["cafe", "us"]
    assert sum(parts.values()) == discount
    assert abs(parts["us"] - Decimal(discount) * shares["us"] / 100) < 1
