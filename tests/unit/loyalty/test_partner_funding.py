"""What partners owe each other for a redemption: its newest version, booked as differences."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.loyalty.domain.funding.commands import SettleFunding
from services.loyalty.domain.funding.decider import FUNDING, Funding
from services.loyalty.domain.funding.entries import entries, kind
from services.loyalty.domain.funding.errors import FundingContradicted, FundingUnbalanced
from services.loyalty.domain.funding.events import DuePosted, FundingSettled
from services.loyalty.read_models.partner_statements.words import in_words
from shared.kernel.ids import derived_id
from shared.testing.specs import DeciderSpec

DAY = date(2026, 3, 1)
CAMPAIGN, REDEMPTION = derived_id("campaign", 1), derived_id("redemption", 1)
TEA, BOOKS, MALL = "tea-house", "book-shop", "mall"
NOTHING_HEARD = DeciderSpec(FUNDING)


def settle(shares: dict[str, int], *, version: int = 1, **more: Any) -> SettleFunding:
    facts: dict[str, Any] = {"redeemed_by": TEA, "currency": "CNY", "discount_minor": sum(shares.values())} | more
    return SettleFunding(
        redemption_id=REDEMPTION,
        version=version,
        campaign_id=CAMPAIGN,
        store_id="367",
        business_date=DAY,
        shares=shares,
        **facts,
    )


def fact(version: int) -> dict[str, Any]:
    return {
        "redemption_version": version,
        "campaign_id": CAMPAIGN,
        "redeemed_by": TEA,
        "store_id": "367",
        "business_date": DAY,
        "currency": "CNY",
    }


def posted(debtor: str, amount: int, due: int, version: int = 1) -> DuePosted:
    return DuePosted(**fact(version), debtor=debtor, amount_minor=amount, due_minor=due)


def test_who_gave_the_discount_is_owed_the_others_share() -> None:
    NOTHING_HEARD.when(settle({TEA: 400, BOOKS: 600})).then(posted(BOOKS, 600, 600))


def test_each_partner_that_owes_is_a_booking_of_its_own() -> None:
    NOTHING_HEARD.when(settle({TEA: 1, MALL: 2, BOOKS: 3})).then(posted(BOOKS, 3, 3), posted(MALL, 2, 2))


def test_a_return_books_the_difference() -> None:
    NOTHING_HEARD.given(posted(BOOKS, 600, 600)).when(settle({TEA: 100, BOOKS: 150}, version=2)).then(
        posted(BOOKS, -450, 150, version=2),
    )


def test_when_everything_came_back_nothing_is_owed() -> None:
    NOTHING_HEARD.given(posted(BOOKS, 600, 600)).when(settle({TEA: 0, BOOKS: 0}, version=3)).then(
        posted(BOOKS, -600, 0, version=3),
    )


def test_a_partner_that_is_named_no_more_owes_no_more() -> None:
    NOTHING_HEARD.given(posted(BOOKS, 600, 600)).when(settle({TEA: 1000}, version=2)).then(
        posted(BOOKS, -600, 0, version=2),
    )


@pytest.mark.parametrize("version", [1, 2])
def test_a_version_that_is_not_newer_changes_nothing(version: int) -> None:
    told = NOTHING_HEARD.given(posted(BOOKS, 600, 600, version=2))
    told.when(settle({TEA: 0, BOOKS: 9}, version=version)).then_nothing()


def test_a_version_that_changes_no_dues_is_remembered() -> None:
    after = NOTHING_HEARD.given(posted(BOOKS, 600, 600)).when(settle({TEA: 5, BOOKS: 600}, version=3))
    after.then(FundingSettled(**fact(3))).when(settle({TEA: 0, BOOKS: 7}, version=2)).then_nothing()


@pytest.mark.parametrize(
    "command",
    [
        settle({TEA: 400, BOOKS: 600}, discount_minor=999),
        settle({TEA: 1400, BOOKS: -400}),
    ],
)
def test_shares_that_do_not_make_up_the_discount_are_refused(command: SettleFunding) -> None:
    NOTHING_HEARD.when(command).then_rejected(FundingUnbalanced)


@pytest.mark.parametrize("more", [{"redeemed_by": BOOKS}, {"currency": "USD"}])
def test_a_redemption_keeps_its_till_and_its_currency(more: dict[str, Any]) -> None:
    told = NOTHING_HEARD.given(posted(BOOKS, 600, 600))
    told.when(settle({TEA: 1, BOOKS: 2}, version=2, **more)).then_rejected(FundingContradicted)


def test_each_booking_has_two_sides() -> None:
    assert entries(posted(BOOKS, 600, 600)) == ((BOOKS, TEA, -600), (TEA, BOOKS, 600))
    assert (kind(posted(BOOKS, 600, 600)), kind(posted(BOOKS, -1, 599))) == ("shared", "given_back")


def test_who_owes_whom_is_said_in_both_languages() -> None:
    assert in_words(TEA, BOOKS, 123_456, "CNY") == {
        "zh-CN": "book-shop 应付 tea-house 1,234.56 CNY",
        "en": "book-shop owes tea-house 1,234.56 CNY",
    }
    assert in_words(TEA, BOOKS, -5, "JPY")["en"] == "tea-house owes book-shop 5 JPY"
    assert in_words(TEA, BOOKS, 0, "CNY")["zh-CN"] == "tea-house 与 book-shop 已结清(CNY)"


amounts = st.dictionaries(st.sampled_from([TEA, BOOKS, MALL]), st.integers(0, 10_000), max_size=3)
versions = st.lists(amounts, min_size=1, max_size=5)


@given(versions, st.data())
def test_any_order_and_any_copies_of_versions_end_in_the_same_books(said: list[dict[str, int]], data: Any) -> None:
    told = [settle(shares, version=version) for version, shares in enumerate(said, start=1)]
    heard = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=5))))
    funding, books = Funding(), Counter[str]()
    for command in heard:
        events = FUNDING.decide(command, funding)
        funding = FUNDING.fold(events, funding)
        for event in events:
            if isinstance(event, DuePosted):
                sides = entries(event)
                assert sum(side.amount_minor for side in sides) == 0
                books.update({side.party: side.amount_minor for side in sides})
        assert sum(books.values()) == 0
    newest = {party: -share for party, share in said[-1].items() if party != TEA and share}
    assert {party: owed for party, owed in books.items() if owed and party != TEA} == newest
    assert books[TEA] == -sum(newest.values())
    assert (funding.version, funding.dues) == (len(said), {party: -owed for party, owed in newest.items()})
