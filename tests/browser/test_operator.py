"""An operator sees who is behind, looks at what was parked and tries it again, and makes a table anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from shared.contracts.envelope import Outgoing, encode_headers
from shared.contracts.stores import SaleRecorded
from shared.kernel.ids import new_id
from tests.support.browsing import WAIT_MS

if TYPE_CHECKING:
    from tests.support.browsing import People

pytestmark = pytest.mark.timeout(900)


def test_a_parked_record_is_looked_at_and_tried_again(people: People) -> None:
    showroom = people.showroom
    headers = encode_headers({"ce_type": b"nobody.knows.this"})
    showroom.publish(Outgoing(SaleRecorded.topic, str(new_id()).encode(), new_id(), headers, b"no event at all"))
    with people.tab("operator", "zh-CN") as tab:
        tab.go("/")
        table = tab.page.locator("main table").first
        expect(table.locator("tbody tr")).to_have_count(7)
        expect(table.get_by_text(tab.told("operations.answers"))).to_have_count(7)
        expect(table.locator("tr", has_text="loyalty").locator(".bad")).to_be_visible()
        table.get_by_role("link", name="loyalty").click()
        tab.settle()
        parked = tab.page.locator("section", has=tab.heading("operations.parked_of", service="loyalty"))
        expect(parked.locator("tbody tr").first).to_contain_text(SaleRecorded.topic)
        tab.look("operator", "parked")
        parked.get_by_role("button", name=tab.told("operations.redrive")).first.click()
        said = parked.get_by_role("status")
        expect(said).to_be_visible()
        expect(parked.locator("tbody tr").first).to_contain_text(SaleRecorded.topic)


def test_a_table_is_made_anew_beside_the_live_one(people: People) -> None:
    with people.tab("operator", "en", "phone") as tab:
        tab.go("/operations?service=stores")
        row = tab.page.locator("main tr", has_text="sales_by_day")
        row.get_by_role("button", name=tab.told("operations.rebuild")).click()
        dialog = tab.page.get_by_role("dialog")
        expect(dialog).to_contain_text("sales_by_day")
        expect(dialog).to_contain_text(tab.told("operations.rebuild_means"))
        dialog.get_by_role("button", name=tab.told("operations.rebuild"), exact=True).click()
        expect(dialog).to_be_hidden()
        expect(row).to_contain_text(tab.told("words.rebuild.equal"), timeout=3 * WAIT_MS)
        tab.look("operator", "rebuilt")
