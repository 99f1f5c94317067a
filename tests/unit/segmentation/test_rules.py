from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given

from services.segmentation.domain.classes import Scores
from services.segmentation.domain.lifecycle import Buying
from services.segmentation.domain.member import Consent, Item, Member, Purchase, Yardsticks
from services.segmentation.domain.rules.evaluation import evaluate
from services.segmentation.domain.rules.parsing import BadRule, parse_rule, to_document
from services.segmentation.domain.rules.reach import Reach, Side, reach_of, sides
from services.segmentation.domain.rules.words import reason
from shared.kernel.ids import derived_id
from tests.support.rules import RULES, Vocabulary

TODAY = date(2026, 3, 31)
WORDS = Vocabulary(("31", "367"), ("tea", "bread"), ("p1", "p2"))


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


MEI = Member(
    derived_id("mei"),
    Buying(3, ago(50), None, ago(50)),
    Scores(2, 4, 5),
    ago(400),
    "367",
    frozenset({Consent("marketing", "email"), Consent("membership", None)}),
    (
        Purchase(ago(50), "31", 700, (Item("p1", "tea", 500), Item("p2", "bread", 200))),
        Purchase(ago(50), "367", 0, (Item("p1", "tea", 0),)),
        Purchase(ago(90), "31", 100, (Item("p3", None, 100),)),
    ),
)


def purchases(measure: str, window_days: int = 400, **more: Any) -> dict[str, Any]:
    return {"kind": "purchases", "measure": measure, "window_days": window_days, **more}


@pytest.mark.parametrize(
    ("document", "holds"),
    [
        ({"kind": "lifecycle", "in": ["cooling"]}, True),
        ({"kind": "lifecycle", "in": ["new", "back"]}, False),
        ({"kind": "rfm_class", "in": ["slipping_champions"]}, True),
        ({"kind": "score", "dimension": "money", "min": 5}, True),
        ({"kind": "score", "dimension": "recency", "min": 2, "max": 2}, True),
        ({"kind": "score", "dimension": "frequency", "max": 3}, False),
        ({"kind": "registered", "min": 400}, True),
        ({"kind": "registered", "max": 399}, False),
        ({"kind": "home_store", "in": ["31", "367"]}, True),
        ({"kind": "last_purchase", "min": 50, "max": 50}, True),
        ({"kind": "last_purchase", "min": 51}, False),
        (purchases("receipts", min=3, max=3), True),
        (purchases("receipts", 90, min=3), False),
        (purchases("receipts", 91, min=3), True),
        (purchases("receipts", 50, min=1), False),
        (purchases("receipts", 51, min=2), True),
        (purchases("days", min=2, max=2), True),
        (purchases("amount", min=800, max=800), True),
        (purchases("amount", stores=["31"], products=["p1"], min=500, max=500), True),
        (purchases("receipts", categories=["tea"], min=2, max=2), True),
        (purchases("receipts", categories=["tea"], products=["p2"], max=0), True),
        (purchases("amount", categories=["bread", "tea"], min=700, max=700), True),
        ({"kind": "consent", "purpose": "marketing"}, True),
        ({"kind": "consent", "purpose": "marketing", "channel": "email"}, True),
        ({"kind": "consent", "purpose": "marketing", "channel": "sms"}, False),
        ({"kind": "consent", "purpose": "profiling"}, False),
    ],
)
def test_leaves(document: dict[str, Any], holds: bool) -> None:
    assert evaluate(parse_rule(document), MEI, Yardsticks(), TODAY).holds is holds
    opposite = {"kind": "not", "of": document}
    assert evaluate(parse_rule(opposite), MEI, Yardsticks(), TODAY).holds is not holds


@given(RULES)
def test_a_rule_survives_its_json(document: dict[str, Any]) -> None:
    rule = parse_rule(WORDS.say(document))
    written = to_document(rule)
    assert parse_rule(written) == rule
    assert to_document(parse_rule(written)) == written


@pytest.mark.parametrize(
    ("document", "pointer", "said"),
    [
        (7, "/rule", "an object with a kind"),
        ({}, "/rule", "an object with a kind"),
        ({"kind": "every"}, "/rule/kind", "choose one of all, any"),
        ({"kind": "all", "of": []}, "/rule/of", "at least 1"),
        ({"kind": "all", "of": [{"kind": "home_store"}]}, "/rule/of/0/in", "missing"),
        ({"kind": "lifecycle", "in": ["sleepy"]}, "/rule/in/0", "'new', 'active'"),
        ({"kind": "any", "of": [purchases("receipts", 401, min=1)]}, "/rule/of/0/window_days", "400"),
        ({"kind": "any", "of": [purchases("receipts", min=True)]}, "/rule/of/0/min", "integer"),
        ({"kind": "not", "of": purchases("amount")}, "/rule/of", "give min, max or both"),
        (purchases("amount", min=3, max=2), "/rule", "min 3 is more than max 2"),
        (purchases("amount", min=1, sotres=["1"]), "/rule/sotres", "not known"),
        ({"kind": "consent", "purpose": "marketing", "channel": "pigeon"}, "/rule/channel", "'sms', 'email'"),
        (purchases("receipts", min=1, stores=["1"] * 101), "/rule/stores", "100"),
        (purchases("receipts", min=1, products=["a\x00"]), "/rule/products/0", "pattern"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(document: Any, pointer: str, said: str) -> None:
    with pytest.raises(BadRule) as refused:
        parse_rule(document)
    (error,) = refused.value.facts["errors"]  # type: ignore[misc] # facts are of any kind
    assert error["pointer"] == pointer
    assert said in error["problem"]
    assert pointer in refused.value.message


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(BadRule) as refused:
        parse_rule({"kind": "all", "of": [purchases("receipts", 0, min=1), {"kind": "home_store", "in": []}]})
    errors: Any = refused.value.facts["errors"]
    assert [error["pointer"] for error in errors] == ["/rule/of/0/window_days", "/rule/of/1/in"]
    assert errors[0]["value"] == 0


def test_a_field_that_nobody_knows_is_not_repeated_if_it_could_be_anything() -> None:
    with pytest.raises(BadRule) as refused:
        parse_rule({"kind": "last_purchase", "min": 1, "13800138000": 1})
    assert "13800138000" not in f"{refused.value.message}{refused.value.facts}"


def test_too_deep_and_too_large_trees_are_refused() -> None:
    leaf: dict[str, Any] = {"kind": "last_purchase", "min": 1}
    deep = leaf
    for _ in range(8):
        deep = {"kind": "not", "of": deep}
    with pytest.raises(BadRule, match="deeper than 8"):
        parse_rule(deep)
    parse_rule(deep["of"])
    wide = {"kind": "all", "of": [{"kind": "any", "of": [leaf] * 20}] * 3}
    with pytest.raises(BadRule, match="more than 50 nodes"):
        parse_rule(wide)
    with pytest.raises(BadRule, match="more than 50 nodes"):
        parse_rule({"kind": "all", "of": [leaf] * 100_000})


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"kind": "lifecycle", "in": ["cooling"]}, "last purchase 50 days ago, cooling from 45"),
        (
            {"kind": "all", "of": [{"kind": "home_store", "in": ["367"]}, purchases("receipts", min=1)]},
            "home store 367 (asked for: 367); 3 receipts in 400 days (asked for: 1 or more)",
        ),
        (
            {"kind": "all", "of": [{"kind": "home_store", "in": ["1"]}, purchases("receipts", min=9)]},
            "home store 367 (asked for: 1)",
        ),
        (
            {"kind": "any", "of": [{"kind": "home_store", "in": ["1"]}, {"kind": "last_purchase", "max": 60}]},
            "last purchase 50 days ago (asked for: 60 or less)",
        ),
        (
            {"kind": "not", "of": {"kind": "consent", "purpose": "marketing", "channel": "sms"}},
            "consent to marketing by sms: not given",
        ),
    ],
)
def test_a_verdict_says_what_decided_it(document: dict[str, Any], words: str) -> None:
    verdict = evaluate(parse_rule(document), MEI, Yardsticks(), TODAY)
    assert reason(verdict, MEI, Yardsticks(), TODAY) == words


def test_only_what_rules_need_is_reached_for() -> None:
    consent, window = {"kind": "consent", "purpose": "marketing"}, purchases("days", 90, min=1)
    assert reach_of([]) == Reach()
    assert reach_of([parse_rule({"kind": "not", "of": consent})]) == Reach(profile=True)
    both = parse_rule({"kind": "all", "of": [window, consent, purchases("amount", 30, min=1, products=["p1"])]})
    assert reach_of([both]) == Reach(90, items=True, profile=True)
    assert sides(both) == {Side.BUYING, Side.PROFILE}
    assert sides(parse_rule(window)) == {Side.BUYING}
    assert sides(parse_rule(consent)) == {Side.PROFILE}
