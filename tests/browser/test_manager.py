"""A store manager sees today's list before anything else, and every figure leads to what is behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from shared.kernel.ids import new_id
from tests.support.neighbours import neighbour

if TYPE_CHECKING:
    from tests.support.browsing import People

pytestmark = pytest.mark.timeout(900)


def test_today_is_first_and_leads_to_whom_nobody_looked_after(people: People) -> None:
    showroom = people.showroom
    unhappy = neighbour(showroom, "太史慈")
    complaint = {"complaint_id": str(new_id()), "category": "price", "text": "It was cheaper.", "store": showroom.store}
    path = f"/customers/v1/customers/{unhappy.customer_id}/complaints"
    showroom.caller("store-manager").post(path, complaint)
    with people.tab("store-manager", "zh-CN", "phone") as tab:
        tab.go("/")
        expect(tab.page).to_have_url(re.compile("/today$"))
        queue = tab.page.locator("section", has=tab.heading("today.queue"))
        expect(queue.locator(f'a[href^="/members/{unhappy.customer_id}"]')).to_be_visible()
        for key in ("today.at_risk", "today.best"):
            expect(tab.heading(key)).to_be_visible()
        tab.look("store-manager", "today")
        tab.link("today.complaints").click()
        tab.page.wait_for_url(re.compile("/members.*complaint_open=true"))
        tab.settle()
        expect(tab.page.locator(f'main tbody a[href="/members/{unhappy.customer_id}"]')).to_be_visible()


def test_a_number_of_the_overview_leads_to_its_members_and_on_to_the_event(people: People) -> None:
    with people.tab("hq-admin", "en") as tab:
        tab.go("/overview?from=2017-01-01&to=2017-12-31")
        cell = tab.page.locator(".heat td a").filter(has_text=re.compile(r"^[1-9]")).first
        many = cell.inner_text()
        cell.click()
        tab.page.wait_for_url(re.compile(r"/members\?.*r=\d.*f=\d"))
        tab.settle()
        assert tab.told("members.count_one" if many == "1" else "members.count_other", total=many) in tab.text()
        tab.page.locator('main tbody a[href^="/members/"]').first.click()
        tab.page.wait_for_url(re.compile("/members/[0-9a-f-]{36}"))
        tab.settle()
        tab.page.locator('main a[href^="/receipts/"]').first.click()
        tab.page.wait_for_url("**/receipts/**")
        tab.look("hq-admin", "receipt")
