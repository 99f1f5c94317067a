"""Requests for another service, sent on to where it is: so that a page has one address for all of them.

Nothing is decided here. Who is let in, and what may be sent, is the business of the service that hears the request as
it came; the answer goes back as it comes, piece by piece, also one without an end. Only what lies below the service's
own name is reached, and the caller has no say in where it is or in whom the request comes from.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2
import structlog

from shared.access import problems
from shared.kernel.errors import NotFound, TransientError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable
    from contextlib import AbstractAsyncContextManager

    from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger(__name__)

CONNECT_S_MAX = 5.0
SILENCE_S_MAX = 60.0
"""Longer than a stream of events is ever silent."""
CONNECTIONS_MAX = 100
IDLE_S_MAX = 30.0
"""Shorter than a service keeps an idle connection: it never closes one on which we are about to send."""
_OF_ONE_CONNECTION = frozenset({
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
})  # fmt: skip
"""Headers that concern a connection and not the message (RFC 9110 §7.6.1)."""
_SAID_BY_US = frozenset({
    b"host",
    b"forwarded",
    b"x-correlation-id",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-forwarded-proto",
    b"x-real-ip",
})  # fmt: skip
"""Of whom a request comes, to whom it goes and how it is called: from the caller these would be claims."""
_SAID_BY_OUR_SERVER = frozenset({b"date", b"server", b"x-correlation-id"})
"""Our own server writes them into every answer."""
_DOTS = frozenset({".", ".."})


class Forward:
    """An ASGI application in the place of the service `name`, which lives at `address`. Lives in one event loop."""

    def __init__(self, name: str, address: str) -> None:
        self._name = name
        self._below = f"/api/{name}/".encode()
        self._address = httpx2.URL(address)
        self._client: httpx2.AsyncClient | None = None

    async def close(self) -> None:
        """Ends what connections are kept."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        # As it was sent, it must lie below the name: a path that climbs would reach pages that are for insiders, and
        # one without its first slash would become a part of the host's name.
        if not scope["raw_path"].startswith(self._below) or not _DOTS.isdisjoint(scope["path"].split("/")):
            await problems.from_error(NotFound("there is nothing of this name"))(scope, receive, send)
            return
        begun = False
        try:
            answer = await self._opened().send(self._request(scope, receive), stream=True)
            try:
                headers = _passed_on(answer.headers.raw, but=_SAID_BY_OUR_SERVER)
                await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
                begun = True
                async for piece in answer.aiter_raw():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            finally:
                await answer.aclose()
        except httpx2.TransportError as error:
            log.warning("forwarding_failed", to=self._name, error=type(error).__name__)
            if begun:
                raise
            await problems.from_error(TransientError(f"{self._name} does not answer"))(scope, receive, send)

    def _opened(self) -> httpx2.AsyncClient:
        if self._client is None:
            self._client = httpx2.AsyncClient(
                timeout=httpx2.Timeout(SILENCE_S_MAX, connect=CONNECT_S_MAX),
                limits=httpx2.Limits(
                    max_connections=CONNECTIONS_MAX,
                    max_keepalive_connections=CONNECTIONS_MAX,
                    keepalive_expiry=IDLE_S_MAX,
                ),
                trust_env=False,
                follow_redirects=False,
            )
        return self._client

    def _request(self, scope: Scope, receive: Receive) -> httpx2.Request:
        query: bytes = scope["query_string"]
        headers = _passed_on(scope["headers"], but=_SAID_BY_US)
        if scope.get("client"):
            headers.append((b"x-forwarded-for", scope["client"][0].encode()))
        correlation_id = structlog.contextvars.get_contextvars().get("correlation_id")
        if correlation_id is not None:
            # One id for the log lines of both processes.
            headers.append((b"x-correlation-id", str(correlation_id).encode()))
        # Not made by the client, which would add headers of its own and the cookies of other callers.
        return httpx2.Request(
            scope["method"],
            self._address.copy_with(raw_path=scope["raw_path"] + (b"?" + query if query else b"")),
            headers=headers,
            content=_body(receive) if _has_body(scope) else None,
        )


def while_it_runs(forwards: Collection[Forward]) -> Callable[[ASGIApp], AbstractAsyncContextManager[None]]:
    """The lifespan of an application with `forwards`: their connections end with it."""

    @asynccontextmanager
    async def lifespan(_: ASGIApp) -> AsyncIterator[None]:
        yield
        for forward in forwards:
            await forward.close()

    return lifespan


def _passed_on(headers: Iterable[tuple[bytes, bytes]], *, but: Collection[bytes]) -> list[tuple[bytes, bytes]]:
    """Without those that concern the connection, among them what its `Connection` header names."""
    all_ = [(name.lower(), value) for name, value in headers]
    left_out = {*_OF_ONE_CONNECTION, *but}
    for name, value in all_:
        if name == b"connection":
            left_out |= {option.strip().lower() for option in value.split(b",")}
        elif name == b"transfer-encoding":
            # The body's length is what came in pieces, whatever else is said of it (RFC 9112 §6.3).
            left_out.add(b"content-length")
    return [(name, value) for name, value in all_ if name not in left_out]


def _has_body(scope: Scope) -> bool:
    return any(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"])


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return
        yield message.get("body", b"")
        more = message.get("more_body", False)
