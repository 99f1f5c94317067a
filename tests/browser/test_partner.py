"""A partner sees what it shares and what it is owed, month by month, and nobody's name."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from services.calling import UnexpectedAnswerError
from shared.testing.waiting import until
from tests.support.street import OFF_MINOR, TEA, US

if TYPE_CHECKING:
    from pathlib import Path

    from services.calling import Caller
    from tests.support.browsing import People

pytestmark = pytest.mark.timeout(900)
SHARE = f"{OFF_MINOR * 0.4 / 100:.2f}"
"""What ours owes the tea house for one use."""


def booked(partner: Caller, statement: str) -> bool:
    """Whether there is something in the month; before the first share nobody knows the partner's books."""
    try:
        return bool(partner.get(statement)["currencies"])
    except UnexpectedAnswerError as answer:
        if answer.status != 404:
            raise
        return False


def test_a_partner_reads_its_statement_and_meets_no_member(people: People, tmp_path: Path) -> None:
    showroom = people.showroom
    month = f"{showroom.now:%Y-%m}"
    statement = f"/loyalty/v1/settlements/{TEA}/statements/{month}"
    until(lambda: booked(showroom.caller("partner"), statement), timeout_s=60, what="the share to be booked")
    with people.tab("partner", "en") as tab:
        tab.go("/")
        expect(tab.page.locator("main tbody tr")).to_have_count(1)
        expect(tab.page.locator("main tbody tr")).to_contain_text("Tea after shopping")
        tab.look("partner", "campaigns")
        assert "/members" not in tab.places()
        tab.open_place("/statements")
        tab.page.locator(f'main a[href="/statements/{TEA}"]').click()
        # The list before has the same name in its row; only the statement itself says how much.
        expect(tab.page.locator("main")).to_contain_text(SHARE)
        expect(tab.page.locator("main tbody tr")).to_contain_text([US])
        tab.look("partner", "statement")
        with tab.page.expect_download() as downloading:
            tab.button("members.export").click()
        file = tmp_path / "lines.csv"
        downloading.value.save_as(file)
        (line,) = csv.DictReader(file.read_text().splitlines())
        assert not {"customer_id", "name", "phone", "card"} & line.keys()


def test_a_partner_does_not_read_the_statement_of_another(people: People) -> None:
    with people.tab("partner", "zh-CN", "phone") as tab:
        tab.expect_trouble("40[34] GET .*/settlements/")
        tab.page.goto(f"/statements/{US}")
        expect(tab.page.get_by_role("alert").first).to_be_visible()
        assert SHARE not in tab.text()
