"""The whole story of a campaign by clicks: asked, written, approved by somebody else, begun, called, and measured."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.neighbours import Neighbour, agreed, neighbour, number

if TYPE_CHECKING:
    from tests.support.browsing import People, Tab

pytestmark = pytest.mark.timeout(900)


def test_from_the_question_to_the_call_and_the_result(people: People) -> None:
    showroom, code = people.showroom, f"neighbours-{number(6)}"
    called = neighbour(showroom, "孙权", consents=[agreed("phone")])
    silent = neighbour(showroom, "周瑜")
    with people.tab("marketer", "en") as marketer:
        ask_who_lives_near(marketer, code, showroom.store)
        address = write(marketer, code).removeprefix(showroom.address)
        marketer.button("step.submit").click()
        wait_until(marketer, "submitted")
        assert marketer.button("step.approve").count() == 0, "nobody approves what she wrote herself"
        with people.tab("approver", "zh-CN", "phone") as approver:
            approve(approver, address)
        # The page of its author is still open: it hears of the approval by itself.
        begin(marketer)
    with people.tab("clerk", "zh-CN", "phone") as clerk:
        call(clerk, called, silent)
    with people.tab("marketer", "zh-CN", "phone") as result:
        result.go(address)
        expect(result.page.locator("main")).to_contain_text(result.told("result.too_early"))
        expect(result.page.locator(".funnel")).to_contain_text(result.told("words.rule.consent"))
        result.look("marketer", "result")
        result.go("/campaigns/calendar")
        expect(result.page.locator("main")).to_contain_text("街坊优惠")
        result.look("marketer", "calendar")


def ask_who_lives_near(tab: Tab, code: str, store: str) -> None:
    """A segment, built while the page says how many it would select."""
    tab.go("/segments")
    tab.link("segments.new").click()
    tab.field("segments.name").fill("Neighbours 街坊")
    tab.field("segments.code").fill(code)
    tab.choose("rule.kind", tab.told("words.rule_kind.home_store"))
    stores = tab.page.get_by_role("combobox", name=tab.told("rule.stores"))
    stores.fill(store)
    stores.press("Enter")
    size = tab.page.locator(".size")
    expect(size).to_contain_text(re.compile(r"^[1-9]\d* of [\d,]+ members"))
    before = size.inner_text()
    tab.button("rule.add").click()
    expect(size).not_to_have_text(before)
    tab.button("rule.remove").last.click()
    expect(size).to_have_text(before)
    tab.look("marketer", "segment-builder")
    tab.button("segments.save").click()
    tab.page.wait_for_url(f"**/segments/{code}")


def write(tab: Tab, code: str) -> str:
    """The draft; the address of its page."""
    tab.open_place("/campaigns")
    tab.link("campaigns.new").click()
    tab.field("campaigns.name_zh").fill("街坊优惠")
    tab.field("campaigns.name_en").fill("For neighbours")
    tab.field("segments.code").fill(code)
    tab.page.get_by_role("combobox", name=tab.told("campaigns.segment")).fill("Neighbours")
    tab.page.locator(".ant-select-item-option:visible").first.click()
    tab.field("campaigns.hold_out").fill("0")
    expect(tab.field("campaigns.currency")).to_have_value("USD")
    tab.choose("messages.template", "win-back")
    tab.choose("messages.channel", tab.told("words.channel.phone"))
    tab.field("campaigns.value_of", value="offer").fill("10 %")
    tab.field("campaigns.value_of", value="ends_on").fill("2018-01-31")
    tab.look("marketer", "campaign-wizard")
    tab.button("campaigns.save").click()
    tab.page.wait_for_url(re.compile("/campaigns/[0-9a-f-]{36}$"))
    tab.settle()
    return tab.page.url


def approve(tab: Tab, address: str) -> None:
    """From the inbox of somebody who did not write it."""
    tab.go("/")
    expect(tab.page.locator("main h1")).to_have_text(tab.told("campaigns.inbox"))
    tab.look("approver", "inbox")
    tab.page.locator(f'main a[href="{address}"]').click()
    tab.page.wait_for_url(f"**{address}")
    tab.settle()
    tab.button("step.approve").click()
    dialog = tab.page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile(r"\d"))
    tab.keep_screen("approver", "approve")
    dialog.get_by_role("button", name=tab.told("step.approve"), exact=True).click()
    wait_until(tab, "approved")


def begin(tab: Tab) -> None:
    """Names how many it reaches, before it does."""
    tab.button("step.start").click()
    dialog = tab.page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile(r"reaches \d+ member"))
    dialog.get_by_role("button", name=tab.told("step.start"), exact=True).click()
    wait_until(tab, "running")


def call(tab: Tab, called: Neighbour, silent: Neighbour) -> None:
    """A clerk's task: whom to call, what to say, and one tap for how it went."""
    tab.go("/tasks")
    task = tab.page.locator("article", has=tab.page.locator(f'a[href="/serve/{called.customer_id}"]'))
    expect(task).to_contain_text("10 %")
    tab.look("clerk", "tasks")
    assert not tab.page.locator(f'a[href="/serve/{silent.customer_id}"]').count(), "she did not agree to calls"
    task.get_by_role("button", name=tab.told("words.call_outcome.done"), exact=True).click()
    expect(task).to_have_count(0)


def wait_until(tab: Tab, status: str) -> None:
    expect(tab.page.locator("main")).to_contain_text(tab.told(f"words.campaign_status.{status}"))


def test_the_result_of_the_story_is_drawn_with_its_interval(people: People) -> None:
    marketer = people.showroom.caller("marketer")
    told = next(one for one in marketer.pages("/campaigns/v1/campaigns") if one["code"].startswith("story-win-back"))
    with people.tab("approver", "en") as tab:
        tab.go(f"/campaigns/{told['campaign_id']}")
        interval = tab.page.locator("figure.interval").first
        expect(interval).to_contain_text("95 % interval")
        expect(interval.locator("svg circle")).to_be_visible()
        funnel = tab.page.locator(".funnel")
        for rule in ("hold_out", "consent"):
            expect(funnel).to_contain_text(tab.told(f"words.rule.{rule}"))
        tab.look("approver", "result")
