"""Which offers go together."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.campaigns.domain.budget.limits import Spent
from services.campaigns.domain.quote.quote import Policy
from services.campaigns.domain.stacking.tree import StackingTree
from tests.support.promotions import POLICY, asked, basket, campaign, campaign_id, line, lines_of, member, reasons

TENTH = {"kind": "percent", "percent": "10"}
FIFTH = {"kind": "percent", "percent": "20"}
HALF = {"kind": "percent", "percent": "50"}
BASKET = basket(line(1, 1000))


def tree(root: dict[str, Any]) -> Policy:
    return Policy(StackingTree.model_validate({"root": root}))


def test_the_best_of_a_group_applies_alone() -> None:
    found = asked(BASKET, [campaign(TENTH, "a"), campaign(FIFTH, "b")])
    assert found.discount_minor == 200
    assert reasons(found) == {"a": "stacking"}
    assert found.why_not[0].reason == "b applies, and the two do not go together"


def test_groups_add_up_each_on_what_is_left() -> None:
    found = asked(BASKET, [campaign(FIFTH, "a", stacking_group="x"), campaign(TENTH, "b", stacking_group="y")])
    assert (lines_of(found, "a"), lines_of(found, "b")) == ({1: 200}, {1: 80})
    assert [effect.campaign.definition.code for effect in found.effects] == ["a", "b"]


def test_what_is_exclusive_stands_alone() -> None:
    exclusive = campaign(TENTH, "a", stacking_group="exclusive")
    found = asked(BASKET, [exclusive, campaign(FIFTH, "b"), campaign(FIFTH, "c", stacking_group="y")])
    assert found.discount_minor == 100
    assert reasons(found) == {"b": "stacking", "c": "stacking"}


def test_what_is_exclusive_and_does_not_hold_is_in_nobodys_way() -> None:
    exclusive = campaign(TENTH, "a", stacking_group="exclusive", segment="cooling")
    found = asked(BASKET, [exclusive, campaign(FIFTH, "b")], member())
    assert found.discount_minor == 200
    assert reasons(found) == {"a": "not_in_segment"}


def test_what_is_used_up_lets_the_next_best_in() -> None:
    best = campaign(HALF, "a", budget={"uses": 10})
    found = asked(BASKET, [best, campaign(FIFTH, "b")], spent={str(campaign_id("a")): Spent(10, 0)})
    assert found.discount_minor == 200
    assert reasons(found) == {"a": "used_up"}


def test_a_tie_goes_to_the_older_campaign_and_then_to_the_smaller_id() -> None:
    older = campaign(FIFTH, "z", began_days_ago=3)
    found = asked(BASKET, [campaign(FIFTH, "a"), older])
    assert lines_of(found, "z") == {1: 200}
    same_age = sorted([campaign(FIFTH, "a"), campaign(FIFTH, "b")], key=lambda one: str(one.campaign_id))
    assert lines_of(asked(BASKET, reversed(same_age)), same_age[0].definition.code) == {1: 200}


def test_money_beats_points() -> None:
    found = asked(BASKET, [campaign({"kind": "points", "points": 5000}, "a"), campaign(TENTH, "b")], member())
    assert lines_of(found, "b") == {1: 100}


def test_points_that_are_worth_nothing_yet_still_apply() -> None:
    found = asked(basket(line(1, 50)), [campaign({"kind": "points", "factor": 2}, "a")], member())
    assert [effect.points for effect in found.effects] == [0]


def test_what_takes_nothing_off_says_so() -> None:
    free = campaign({"kind": "percent", "percent": "100"}, "a", stacking_group="x")
    found = asked(BASKET, [free, campaign(FIFTH, "b", stacking_group="y")])
    assert found.discount_minor == 1000
    assert reasons(found) == {"b": "no_saving"}


MODES = [
    ({"mode": "all", "of": [{"group": "x"}, {"group": "*"}]}, 1000 - 800 + 80 + 360),
    ({"mode": "first", "of": [{"group": "x"}, {"group": "*"}]}, 200),
    ({"mode": "best", "of": [{"group": "x"}, {"group": "*"}]}, 500),
    ({"mode": "best", "of": [{"mode": "all", "of": [{"group": "x"}, {"group": "y"}]}, {"group": "*"}]}, 500),
    ({"mode": "all", "of": [{"group": "z", "pick": "all"}, {"group": "*", "pick": "first"}]}, 500 + 100 + 40),
]


@pytest.mark.parametrize(("root", "discount"), MODES)
def test_trees(root: dict[str, Any], discount: int) -> None:
    campaigns = [
        campaign(FIFTH, "a", stacking_group="x"),
        campaign(TENTH, "b", stacking_group="y"),
        campaign(HALF, "c", stacking_group="z"),
    ]
    # x is named, then y, z in their order; a tree that names z puts x and y after it.
    assert asked(BASKET, campaigns, policy=tree(root)).discount_minor == discount


@pytest.mark.parametrize(
    ("root", "says"),
    [
        ({"mode": "all", "of": [{"group": "x"}]}, "no place for the groups"),
        ({"mode": "all", "of": [{"group": "x"}, {"group": "x"}, {"group": "*"}]}, "stands twice"),
        ({"mode": "some", "of": [{"group": "*"}]}, "mode"),
        ({"mode": "all", "of": []}, "at least 1"),
    ],
)
def test_trees_that_cannot_be(root: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        StackingTree.model_validate({"root": root})


def test_the_default_tree_survives_its_json() -> None:
    assert StackingTree.model_validate_json(POLICY.tree.model_dump_json()) == POLICY.tree
