"""Signed links, and webhooks that cannot be led into our own network."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from services.notifications.adapters.webhook import AddressRefused, Gateway, pinned, signature
from services.notifications.application.links import LinkInvalid, UnsubscribeLinks
from shared.kernel.ids import derived_id

LINKS = UnsubscribeLinks(b"k" * 32, "https://shop.example/")
MESSAGE = derived_id("message")


def test_a_link_names_a_message_and_a_channel_and_nobody_else_makes_one() -> None:
    url = LINKS.url(MESSAGE, "sms")
    assert url.startswith("https://shop.example/api/notifications/v1/unsubscribe/")
    token = url.rpartition("/")[2]
    assert LINKS.read(token) == (MESSAGE, "sms")
    with pytest.raises(LinkInvalid):
        UnsubscribeLinks(b"x" * 32, "https://shop.example").read(token)
    for longer in (token + "=", token + "A", token + "\n", "!" + token):
        with pytest.raises(LinkInvalid):
            LINKS.read(longer)
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(LinkInvalid):
            LINKS.read(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",  # noqa: S104 - refused
     "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1"],
)  # fmt: skip
def test_a_name_that_leads_to_a_private_address_gets_nothing(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    def found(*_: Any, **__: Any) -> list[Any]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(socket.AF_INET, 1, 6, "", ("93.184.216.34", 443)), (family, 1, 6, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with pytest.raises(AddressRefused):
        pinned(Gateway("https://gateway.example/x", "secret"))


def test_a_public_address_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("93.184.216.34", 443))])
    url, host = pinned(Gateway("https://gateway.example/x", "secret"))
    assert (str(url), host) == ("https://93.184.216.34/x", "gateway.example")
    with pytest.raises(AddressRefused):
        pinned(Gateway("http://gateway.example/x", "secret"))


def test_a_signature_can_be_checked_by_whoever_has_the_secret() -> None:
    made = signature("secret", 1_700_000_000, b"{}")
    assert made == "t=1700000000,v1=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163"
    assert made != signature("other", 1_700_000_000, b"{}")
    assert made != signature("secret", 1_700_000_001, b"{}")
