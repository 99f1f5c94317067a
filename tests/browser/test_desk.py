"""The service desk hears a complaint and a change of mind; the privacy officer answers for what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.neighbours import Neighbour, agreed, neighbour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.browsing import People, Tab
    from tests.support.showroom import Showroom

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def member(showroom: Showroom) -> Neighbour:
    return neighbour(showroom, "夏侯婴", consents=[agreed("email"), agreed("sms")])


@pytest.fixture
def desk(people: People, member: Neighbour) -> Iterator[Tab]:
    with people.tab("service-desk", "en") as tab:
        tab.go(f"/members/{member.customer_id}")
        yield tab


def open_part(tab: Tab, part: str) -> None:
    tab.page.locator(f'nav.tabs a[href$="?tab={part}"]').click()
    tab.settle()


def test_a_complaint_is_opened_heads_the_queue_and_is_closed(desk: Tab, member: Neighbour) -> None:
    open_part(desk, "complaints")
    desk.button("complaints.new").click()
    desk.choose("complaints.category", desk.told("words.complaint.delivery"))
    desk.field("complaints.text").fill("The rice came a week late.")
    desk.button("complaints.record").click()
    alarm = desk.page.locator(".alarm")
    expect(alarm).to_contain_text(desk.told("words.complaint.delivery"))

    desk.open_place("/today")
    queue = desk.page.locator("section", has=desk.heading("today.queue"))
    queue.locator(f'a[href^="/members/{member.customer_id}"]').click()
    desk.settle()
    desk.button("complaints.read").click()
    expect(desk.page.get_by_text("The rice came a week late.")).to_be_visible()
    desk.choose("complaints.outcome", desk.told("words.complaint_outcome.replaced"))
    desk.button("complaints.close").click()
    expect(desk.page.locator("main li")).to_contain_text([desk.told("words.complaint_outcome.replaced")])
    expect(alarm).to_have_count(0)

    open_part(desk, "timeline")
    expect(desk.page.locator("main ol")).to_contain_text(desk.told("words.complaint_outcome.replaced"))
    desk.look("service-desk", "timeline")


def test_a_consent_is_withdrawn_after_it_was_said_what_that_means(desk: Tab) -> None:
    open_part(desk, "consents")
    line = desk.page.locator("main li", has_text=desk.told("words.channel.sms"))
    line.get_by_role("button", name=desk.told("consents.withdraw")).click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog).to_contain_text(desk.told("consents.withdraw_means"))
    assert not desk.unfit()
    dialog.get_by_role("button", name=desk.told("consents.withdraw"), exact=True).click()
    expect(line).to_contain_text([desk.told("consents.given"), desk.told("consents.withdrawn")])
    desk.look("service-desk", "consents")


def test_what_is_masked_is_shown_for_a_purpose_and_written_down(
    desk: Tab, member: Neighbour, showroom: Showroom
) -> None:
    before = showroom.audited("customers", f"customer/{member.customer_id}")
    desk.button("reveal.open").click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog).to_contain_text(desk.told("reveal.lead"))
    assert member.phone not in dialog.inner_text()
    desk.choose("reveal.purpose", desk.told("words.purpose.delivery"))
    dialog.get_by_role("button", name=desk.told("reveal.go")).click()
    expect(dialog).to_contain_text(member.phone)
    expect(dialog).to_contain_text(member.name)
    (entry,) = showroom.audited("customers", f"customer/{member.customer_id}")[len(before) :]
    assert entry["actor"].endswith("service-desk")
    assert entry["details"]["purpose"] == "delivery"
    dialog.get_by_role("button", name=desk.told("action.close")).last.click()
    expect(desk.page.get_by_text(member.phone)).to_have_count(0)


def test_whoever_asks_to_be_forgotten_is_and_it_was_said_what_goes(people: People, showroom: Showroom) -> None:
    leaving = neighbour(showroom, "皇甫嵩", consents=[agreed("email")])
    with people.tab("privacy-officer", "zh-CN") as tab:
        tab.expect_trouble(f"404 GET .*{leaving.customer_id}/profile$")
        tab.go("/privacy")
        tab.field("serve.search").fill(leaving.phone)
        tab.page.locator("search li button").click()
        tab.settle()
        tab.button("erase.go").click()
        dialog = tab.page.get_by_role("dialog")
        for said in (
            tab.told("erase.means"),
            tab.told("erase.consents_other", count=2),
            tab.told("erase.points_other", count=0, points=0),
            tab.told("erase.services"),
        ):
            expect(dialog).to_contain_text(said)
        go = dialog.get_by_role("button", name=tab.told("erase.go"), exact=True)
        expect(go).to_be_disabled()
        assert not tab.unfit()
        tab.keep_screen("privacy-officer", "erase")
        dialog.get_by_role("textbox").fill(leaving.customer_id[-6:])
        go.click()
        expect(tab.page.get_by_role("status").filter(has_text=leaving.customer_id)).to_be_visible()
        tab.field("serve.search").fill(leaving.phone)
        expect(tab.page.get_by_text(tab.told("privacy.nobody"))).to_be_visible()
    assert showroom.audited("customers", f"customer/{leaving.customer_id}")[-1]["actor"].endswith("privacy-officer")
