"""The link in a message: scanners follow it and nothing happens, a click closes the channel."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from shared.runtime.http import build_app
from tests.support.access import access

if TYPE_CHECKING:
    from uuid import UUID

    from tests.integration.notifications.conftest import Shop

ROOT = "https://shop.example"


@pytest.fixture
def stranger(shop: Shop) -> TestClient:
    """Somebody without a token."""
    return TestClient(build_app([shop.service], access=access()), base_url="http://test")


def link(shop: Shop, customer_id: UUID) -> str:
    shop.asks(customer_id, "with a link")
    shop.send()
    header: str = shop.mailbox.received[-1]["List-Unsubscribe"]
    return header.strip("<>").removeprefix(ROOT)


def test_a_scanner_that_follows_the_link_changes_nothing(shop: Shop, stranger: TestClient) -> None:
    path = link(shop, shop.member("anne"))
    for _ in range(3):
        page = stranger.get(path)
        assert page.status_code == 200
        assert "退订" in page.text
        assert '<form method="post">' in page.text
        assert page.headers["cache-control"] == "no-store"
    assert stranger.head(path).status_code in {200, 405}
    assert shop.rows("select count(*) from suppressions") == [(0,)]


def test_one_click_closes_the_channel_once_and_is_told(shop: Shop, stranger: TestClient) -> None:
    anne = shop.member("anne", consents=("email", "phone"), phone="+8613812341234")
    path = link(shop, anne)
    # As mailboxes do it (RFC 8058): no cookie, no token, no page before.
    for _ in range(2):
        answer = stranger.post(path, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert shop.rows("select channel, reach, reason from suppressions") == [("email", "marketing", "unsubscribed")]
    told = "select count(*) from outbox where convert_from(headers, 'utf8') like '%notifications.unsubscribed.v1%'"
    assert shop.rows(told) == [(1,)]
    by_mail, by_phone = shop.asks(anne, 1), shop.asks(anne, 2, channels=("email", "phone"))
    membership = shop.asks(
        anne, 3, purpose="membership", template="points-expiring", values={"points": "1", "expires_on": "x"}
    )
    shop.agrees(anne, purpose="membership")
    shop.catch_up()
    shop.send()
    assert shop.status(by_mail)[0] == "suppressed"
    assert shop.status(by_mail)[1] in {"suppression_list", "consent"}
    assert shop.message(by_phone)["channel"] == "phone"
    assert shop.status(membership) == ("sent", None)
    assert shop.complaints() == set()


def test_whoever_agrees_again_hears_from_us_again(shop: Shop, stranger: TestClient) -> None:
    anne = shop.member("anne")
    stranger.post(link(shop, anne))
    shop.catch_up()
    shop.passes(days=1)
    shop.agrees(anne, purpose="marketing", channel="email")
    shop.catch_up()
    message = shop.asks(anne)
    shop.send()
    assert shop.status(message) == ("sent", None)


def test_a_bad_token_says_so_and_opens_nothing_else(shop: Shop, stranger: TestClient) -> None:
    path = link(shop, shop.member("anne"))
    root, _, token = path.rpartition("/")
    raw = bytearray(base64.urlsafe_b64decode(token))
    raw[0] ^= 1
    for bad in (token[:-1], token + "A", token + "=", token[:-4], "x", "%00", base64.urlsafe_b64encode(raw).decode()):
        for answer in (stranger.get(f"{root}/{bad}"), stranger.post(f"{root}/{bad}")):
            assert answer.status_code == 404, bad
            assert "not complete" in answer.text
    assert stranger.get(f"{root}/{'A' * 500}").status_code == 404
    assert shop.rows("select count(*) from suppressions") == [(0,)]
    for closed in (
        "/messages",
        "/templates",
        "/unsubscribe",
        "/unsubscribe/../messages",
        "/unsubscribe/%2e%2e/messages",
    ):
        answer = stranger.get(f"/api/notifications/v1{closed}")
        assert answer.status_code in {401, 404}, closed
        assert "items" not in answer.text
