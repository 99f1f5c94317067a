"""Reasons in Chinese say what the English says, and no English word is left among them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given

from services.segmentation.domain import chinese
from services.segmentation.domain.classes import HighFrom, Scores
from services.segmentation.domain.member import Yardsticks
from services.segmentation.domain.membership import changes
from services.segmentation.domain.rules.evaluation import evaluate
from services.segmentation.domain.rules.parsing import parse_rule
from services.segmentation.domain.rules.words import reason
from tests.support.rules import RULES
from tests.unit.segmentation.test_lifecycle import DAYS, ago, buying
from tests.unit.segmentation.test_lifecycle import TODAY as ON
from tests.unit.segmentation.test_rules import MEI, TODAY, WORDS, purchases


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"kind": "lifecycle", "in": ["cooling"]}, "最近一次购买在 50 天前, 满 45 天为降温"),
        (
            {"kind": "all", "of": [{"kind": "home_store", "in": ["367"]}, purchases("receipts", min=1)]},
            "归属门店: 367 (要求: 367); 400 天内购买 3 次 (要求: 至少 1)",
        ),
        (
            purchases("amount", stores=["1", "2", "3", "4"], max=5),
            "400 天内消费 0 (最小货币单位), 门店 1、2、3 等 4 个 (要求: 至多 5)",
        ),
        ({"kind": "score", "dimension": "money", "min": 2, "max": 5}, "金额得分: 5 (要求: 2 至 5)"),
        ({"kind": "not", "of": {"kind": "consent", "purpose": "marketing", "channel": "sms"}}, "短信营销授权: 没有"),
    ],
)
def test_a_verdict_says_what_decided_it(document: dict[str, Any], words: str) -> None:
    verdict = evaluate(parse_rule(document), MEI, Yardsticks(), TODAY)
    assert chinese.reason(verdict, MEI, Yardsticks(), TODAY) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((), "没有计入的购买"),
        ((61,), "最近一次购买在 61 天前, 满 45 天为降温"),
        ((100, 101), "最近一次购买在 100 天前, 满 90 天为流失风险"),
        ((3,), "首次购买在 3 天前, 30 天内为新会员"),
        ((1, 200), f"隔 199 天后于 {ago(1)} 再次购买, 满 180 天曾为已流失"),
        ((1, 2), "最近一次购买在 1 天前, 满 45 天为降温"),
    ],
)
def test_a_stage_says_why(days: tuple[int, ...], words: str) -> None:
    assert chinese.reason_of_stage(buying(*days), DAYS, ON) == words


def test_a_class_says_why() -> None:
    words = "最近度 5 分 (4 分起为高), 频率 2 分 (4 分起为高), 金额 4 分 (4 分起为高)"
    assert chinese.reason_of_class(Scores(5, 2, 4), HighFrom()) == words


def test_every_change_of_a_named_segment_is_told_in_both() -> None:
    found = changes(MEI, {}, [], Yardsticks(), TODAY)
    assert {change.segment for change in found} == {"lifecycle.cooling", "rfm.slipping_champions"}
    assert all(change.reason and change.reason_zh for change in found)


@given(RULES)
def test_no_english_word_is_left_over(document: Any) -> None:
    verdict = evaluate(parse_rule(WORDS.say(document)), MEI, Yardsticks(), TODAY)
    codes = {"tea", "bread"}
    assert set(re.findall("[a-z]{2,}", chinese.reason(verdict, MEI, Yardsticks(), TODAY))) <= codes
    assert reason(verdict, MEI, Yardsticks(), TODAY)
