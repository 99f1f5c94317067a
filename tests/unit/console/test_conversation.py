from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.console.domain.contact import may_contact
from services.console.domain.conversation import Facts, suggest

TODAY = date(2026, 6, 30)
BEST = Facts(stage="active", rfm_class="champions", last_purchase=date(2026, 6, 28), visits=40, points=5_000)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (Facts(), None),
        (Facts(stage="active"), None),
        (Facts(stage="new", last_purchase=TODAY, visits=1), "welcome"),
        (Facts(stage="back", last_purchase=TODAY, visits=9, points=900), "welcome_back"),
        (Facts(stage="cooling", last_purchase=date(2026, 5, 1), visits=3), "missed"),
        (Facts(stage="at_risk", last_purchase=date(2026, 3, 1), visits=3, points=900), "missed"),
        (Facts(stage="lost", last_purchase=date(2025, 3, 1), visits=3), "missed"),
        (Facts(stage="active", points=99), None),
        (Facts(stage="active", points=100), "use_points"),
        (Facts(stage="active", points=-500), None),
        (BEST, "use_points"),
        (replace(BEST, points=0), "thank"),
    ],
)
def test_the_first_rule_that_fits_speaks(facts: Facts, code: str | None) -> None:
    said = suggest(facts, TODAY)
    assert (said and said.code) == code


@pytest.mark.parametrize("stage", ["new", "active", "cooling", "at_risk", "lost", "back", None])
def test_nothing_goes_before_an_open_complaint(stage: str | None) -> None:
    said = suggest(replace(BEST, stage=stage, complaint_since=date(2026, 6, 20)), TODAY)
    assert said is not None
    assert said.code == "settle_complaint"
    assert "2026-06-20" in said.why.en
    assert "2026-06-20" in said.why.zh


def test_the_reason_names_the_days_and_the_visits_in_both_languages() -> None:
    said = suggest(Facts(stage="at_risk", last_purchase=date(2026, 3, 1), visits=12), TODAY)
    assert said is not None
    for words in said.why:
        assert "121" in words
        assert "12" in words


def test_a_purchase_that_is_dated_tomorrow_by_a_store_ahead_of_us_was_no_days_ago() -> None:
    said = suggest(Facts(stage="cooling", last_purchase=date(2026, 7, 1), visits=1), TODAY)
    assert said is not None
    assert " 0 days" in said.why.en


def test_only_what_she_agreed_to_and_nothing_while_she_complains() -> None:
    channels = ("sms", "email", "phone")
    assert may_contact(channels, {"sms"}, complaint_open=False) == [
        ("sms", None),
        ("email", "no_consent"),
        ("phone", "no_consent"),
    ]
    assert may_contact(channels, {"sms"}, complaint_open=True) == [
        ("sms", "complaint_open"),
        ("email", "no_consent"),
        ("phone", "no_consent"),
    ]
