"""When something is wrong the page says so in the user's own language, and loses nothing that she typed."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.browsing import fill_sign_in
from tests.support.neighbours import neighbour, number

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Route

    from tests.support.browsing import Language, People, Tab

pytestmark = pytest.mark.timeout(900)
REGISTRATIONS = "**/api/customers/v1/customers"


def another_store(people: People) -> str:
    boards = people.showroom.caller("hq-admin").get("/console/v1/stores")["items"]
    return next(store["store_id"] for store in boards if store["store_id"] != people.showroom.store)


def test_a_member_of_another_store_is_not_found_by_her_address(people: People) -> None:
    stranger = neighbour(people.showroom, "司马光", store=another_store(people))
    with people.tab("clerk", "zh-CN") as tab:
        tab.expect_trouble(f"404 GET .*{stranger.customer_id}")
        for place in ("serve", "members"):
            tab.go(f"/{place}/{stranger.customer_id}")
            expect(tab.page.get_by_role("alert").first).to_contain_text(tab.told("problem.missing.title"))
            assert "司" not in tab.text()


def test_who_may_not_see_a_page_is_told_so(people: People) -> None:
    with people.tab("clerk", "en", "phone") as tab:
        tab.expect_trouble("403 GET ")
        tab.go("/operations")
        expect(tab.page.get_by_text(tab.told("operations.silent")).first).to_be_visible()
        tab.go("/overview")
        expect(tab.page.get_by_role("alert").first).to_contain_text(tab.told("problem.forbidden.title"))
        tab.go("/nowhere/at/all")
        expect(tab.page.get_by_role("alert").first).to_contain_text(tab.told("problem.missing.title"))


def typed(tab: Tab) -> str:
    phone = f"137{number(8)}"
    tab.go("/register")
    tab.field("register.phone").fill(phone)
    tab.field("register.name").fill("上官婉儿")
    return phone


def sent_at_last(tab: Tab, phone: str) -> None:
    """What was typed is still there, and one tap sends it."""
    expect(tab.field("register.phone")).to_have_value(phone)
    expect(tab.field("register.name")).to_have_value("上官婉儿")
    tab.button("register.go").click()
    tab.page.wait_for_url(re.compile("/serve/[0-9a-f-]{36}$"))
    tab.wait_for_member()


@pytest.mark.parametrize(("language", "size"), [("zh-CN", "phone"), ("en", "desktop")])
def test_a_server_that_is_gone_or_broken_loses_no_input(people: People, language: Language, size: str) -> None:
    with people.tab("clerk", language, size) as tab:  # type: ignore[arg-type]
        tab.expect_trouble("ERR_CONNECTION_REFUSED POST", "500 POST")
        phone = typed(tab)
        tab.page.route(REGISTRATIONS, lambda route: route.abort("connectionrefused"))
        tab.button("register.go").click()
        expect(tab.page.get_by_role("alert").first).to_contain_text(tab.told("problem.gone.way"))
        tab.page.unroute(REGISTRATIONS)
        tab.page.route(REGISTRATIONS, lambda route: route.fulfill(status=500, body="<html>Bad gateway</html>"))
        tab.button("register.go").click()
        expect(tab.page.get_by_role("alert").first).to_contain_text(tab.told("problem.broken.way"))
        tab.page.unroute(REGISTRATIONS)
        sent_at_last(tab, phone)


def test_a_sign_in_that_expires_in_between_loses_no_input(people: People) -> None:
    refused: list[str] = []

    def once(route: Route) -> None:
        token = route.request.headers["authorization"]
        if refused and refused[0] != token:
            route.continue_()
        else:
            refused.append(token)
            route.fulfill(status=401, json={"code": "token_expired", "detail": "the token has expired"})

    with people.tab("clerk", "zh-CN") as tab:
        tab.expect_trouble("401 ")
        phone = typed(tab)
        # From here on the old token is believed nowhere; the new one is.
        tab.page.route("**/api/customers/**", once)
        tab.button("register.go").click()
        expect(tab.page.get_by_role("dialog")).to_contain_text(tab.told("sign_in.again"))
        expect(tab.field("register.phone")).to_have_value(phone)
        fill_sign_in(tab, "clerk", people.showroom.users.first_password("clerk") or "")
        # What waited goes on by itself: nothing has to be pressed again.
        tab.page.wait_for_url(re.compile("/serve/[0-9a-f-]{36}$"))
        tab.wait_for_member()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_page_whose_server_is_gone_slow_or_broken_says_so_and_tries_again(people: People, language: Language) -> None:
    board = "**/api/console/v1/stores"
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    with people.tab("marketer", language) as tab:
        tab.expect_trouble("ERR_CONNECTION_REFUSED GET", "500 GET")
        tab.page.route(board, lambda route: route.abort("connectionrefused"))
        tab.page.goto("/stores")
        expect(tab.page.get_by_role("alert").first).to_contain_text(tab.told("problem.gone.title"))
        tab.page.unroute(board)
        tab.page.route(board, lambda route: route.fulfill(status=500, json={"code": "broken"}))
        tab.button("action.retry").click()
        expect(tab.page.get_by_role("alert").first).to_contain_text(tab.told("problem.broken.title"))
        tab.page.unroute(board)
        tab.page.route(board, hold)
        tab.button("action.retry").click()
        expect(tab.page.get_by_text(tab.told("state.slow"))).to_be_visible()
        held.pop().continue_()
        expect(tab.page.locator("main table")).to_be_visible()


def test_a_wrong_password_is_said_and_the_name_stays(people: People) -> None:
    with people.tab(None, "zh-CN", "phone") as tab:
        tab.expect_trouble("40[13] POST .*/sign-in$")
        tab.page.goto("/members?lifecycle=lost")
        fill_sign_in(tab, "approver", "wrong")
        expect(tab.page.get_by_role("alert").first).to_contain_text(tab.told("refusal.sign_in_failed"))
        expect(tab.page.locator("input[autocomplete=username]")).to_have_value("approver")
        assert not tab.unfit()


def test_the_address_of_a_filtered_list_gives_a_colleague_the_same_list(people: People) -> None:
    with people.tab("hq-admin", "en") as mine:
        mine.go("/members")
        mine.choose("members.by_lifecycle", mine.told("words.lifecycle.lost"))
        mine.page.get_by_role("button", name=mine.told("member.spend")).first.click()
        mine.page.wait_for_url(re.compile("lifecycle=lost.*sort=-spend"))
        expect(mine.page.locator('main th[aria-sort="descending"]')).to_contain_text(mine.told("member.spend"))
        mine.settle()
        expect(mine.page.locator("main tbody tr").first).to_contain_text(mine.told("words.lifecycle.lost"))
        address, ids = mine.page.url, rows(mine)
    with people.tab("auditor", "zh-CN", "phone") as hers:
        hers.go(address)
        assert rows(hers) == ids
        assert hers.told("words.lifecycle.lost") in hers.text()


def rows(tab: Tab) -> list[str]:
    return [str(link.get_attribute("href")) for link in tab.page.locator('main tbody a[href^="/members/"]').all()]


def test_a_list_leaves_as_a_file_that_no_spreadsheet_runs(people: People, tmp_path: Path) -> None:
    with people.tab("marketer", "zh-CN") as tab:
        tab.go("/members?lifecycle=lost")
        with tab.page.expect_download() as downloading:
            tab.page.locator("main .page-actions button").click()
        file = tmp_path / downloading.value.suggested_filename
        downloading.value.save_as(file)
        expect(tab.page.get_by_text(tab.told("members.exported"))).to_be_visible()
    table = list(csv.DictReader(file.read_text().splitlines()))
    assert table
    assert {row["lifecycle"] for row in table} == {"lost"}
    assert not [cell for row in table for cell in row.values() if cell[:1] in {"=", "+", "@", "\t", "\r"}]
