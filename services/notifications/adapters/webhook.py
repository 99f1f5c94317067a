"""Any channel by the chain's own gateway: a signed POST to one address that was looked up once.

Only https to addresses that are reachable for everybody: a gateway's name that suddenly leads into our own network
gets nothing. Redirects are not followed.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
import orjson

from services.notifications.application.ports import Accepted, Delivered, Refused, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.notifications.application.ports import Delivery, Line

SIGNATURE = "Regulars-Signature"
TIMEOUT_S = 15.0
_BUSY = frozenset({429, 503})


class AddressRefused(ValueError):
    """The gateway's name leads to where nothing may be sent. The message names no address of ours."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where messages of a channel are posted to."""

    url: str
    secret: str
    plain_http: bool = False
    """Http, and private addresses: for tests on one machine."""

    def __repr__(self) -> str:
        return f"Gateway({self.url})"


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=<seconds since 1970>,v1=<hex of HMAC-SHA256(secret, t + "." + body)>`."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


def pinned(gateway: Gateway) -> tuple[httpx2.URL, str]:
    """The URL with an address in place of the host, and the host. Raises `AddressRefused`, `OSError`."""
    url = httpx2.URL(gateway.url)
    if url.scheme != "https" and not gateway.plain_http:
        raise AddressRefused("a webhook must be https")
    port = url.port or (443 if url.scheme == "https" else 80)
    found = {str(entry[4][0]) for entry in socket.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)}
    # One that is private among several is enough: whoever answers for the name could choose it next time.
    if not gateway.plain_http and not all(_is_public(address) for address in found):
        raise AddressRefused("the webhook's name leads to an address that is not public")
    return url.copy_with(host=min(found)), url.host


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not parsed.is_multicast


class WebhookProvider:
    """Posts messages. See `application.ports.Provider`."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @contextmanager
    def open(self) -> Iterator[Line]:
        # Without the environment: a proxy would look the name up again.
        with httpx2.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
            yield WebhookLine(self._gateway, client)


class WebhookLine:
    """One client; the gateway's address is looked up once, when the first message goes out."""

    def __init__(self, gateway: Gateway, client: httpx2.Client) -> None:
        self._gateway = gateway
        self._client = client
        self._pinned: tuple[httpx2.URL, str] | None = None

    def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Delivered]:
        return [self._one(delivery) for delivery in deliveries]

    def _one(self, delivery: Delivery) -> Delivered:
        try:
            self._pinned = self._pinned or pinned(self._gateway)
        except AddressRefused as refused:
            return Refused(str(refused), passing=False)
        except OSError:
            return Refused("the gateway's name was not found", passing=True)
        url, host = self._pinned
        body = orjson.dumps({
            "message_id": str(delivery.message_id),
            "channel": delivery.channel,
            "address": delivery.address,
            "language": delivery.content.language,
            "subject": delivery.content.subject,
            "text": delivery.content.text,
            "unsubscribe_url": delivery.unsubscribe_url,
        })  # fmt: skip
        headers = {
            "Host": host if self._gateway_port() is None else f"{host}:{self._gateway_port()}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(delivery.message_id),
            SIGNATURE: signature(self._gateway.secret, int(time.time()), body),
        }
        try:
            answer = self._client.post(url, content=body, headers=headers, extensions={"sni_hostname": host})
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
            return Refused("no connection to the gateway", passing=True)
        except httpx2.HTTPError as broken:
            return Unknown(f"the gateway did not answer: {type(broken).__name__}")
        return _outcome(answer.status_code)

    def _gateway_port(self) -> int | None:
        return httpx2.URL(self._gateway.url).port


def _outcome(status: int) -> Delivered:
    """What a status says. Of a 5xx other than "busy" nobody knows how far the gateway came."""
    if 200 <= status < 300:  # noqa: PLR2004 - as HTTP divides them
        return Accepted()
    if status >= 500 and status not in _BUSY:  # noqa: PLR2004 - as above
        return Unknown(f"the gateway said {status}")
    return Refused(f"the gateway said {status}", passing=status in _BUSY)
