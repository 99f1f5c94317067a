"""The HTTP side of a process: services mounted under /api/<service>/v1, with limits, ids and health."""

from __future__ import annotations

import time
from ipaddress import ip_address
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from starlette.requests import ClientDisconnect

from shared.access import problems
from shared.kernel.ids import new_id
from shared.observability import metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from shared.runtime.service import Service

log = structlog.get_logger(__name__)

BODY_BYTES_MAX = 1024 * 1024
RECEIPTS_BODY_BYTES_MAX = 8 * 1024 * 1024
_LARGE_BODIES = frozenset({"/api/stores/v1/receipts", "/api/customers/v1/customers/batch"})


def build_app(services: Sequence[Service]) -> FastAPI:
    """One application over `services`; each has its own OpenAPI 3.1 document at /api/<service>/v1/openapi.json."""
    root = FastAPI(title="Regulars", openapi_url=None, docs_url=None, redoc_url=None)
    problems.install(root)
    for service in services:
        app = FastAPI(
            title=f"Regulars: {service.name}",
            version="1",
            description=f"The HTTP side of `{service.name}`. Errors are RFC 9457 problem details with a stable `code`.",
        )
        problems.install(app)
        app.include_router(service.router)
        root.mount(f"/api/{service.name}/v1", app)

    @root.get("/livez", summary="The process runs")
    def livez() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @root.get("/readyz", summary="Every service's database answers")
    def readyz() -> Response:
        for service in services:
            with service.engine.connect() as connection:
                connection.execute(text("select 1"))
        return PlainTextResponse("ready")

    @root.get("/metrics", summary="Prometheus metrics of this process")
    def metrics_page() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    root.add_middleware(BodyLimit)
    root.add_middleware(RequestFrame)
    return root


def check_host(host: str) -> str:
    """Refuses to serve anything but loopback until callers can sign in (`shared.access.permissions`)."""
    if host == "localhost" or ip_address(host).is_loopback:
        return host
    msg = f"host {host!r} is not loopback; nobody can sign in yet, so only this machine may call: use 127.0.0.1"
    raise ValueError(msg)


class RequestFrame:
    """Gives each request a correlation id for its log lines and answer, and measures it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        correlation_id = headers.get(b"x-correlation-id", b"").decode("latin-1")[:64] or str(new_id())
        started, status, started_answer = time.perf_counter(), 500, False

        async def send_marked(message: Message) -> None:
            nonlocal status, started_answer
            if message["type"] == "http.response.start":
                started_answer = True
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-correlation-id", correlation_id.encode("latin-1"))]
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            try:
                await self._app(scope, receive, send_marked)
            except ClientDisconnect:
                log.info("client_gone")
            except Exception as error:
                # Starlette raises again what its handler has answered already: log it, here and only here.
                log.exception("request_failed", error=type(error).__name__)
                if not started_answer:
                    await problems.from_error(error)(scope, receive, send_marked)
        service = scope["path"].removeprefix("/api/").partition("/")[0] if scope["path"].startswith("/api/") else "-"
        known = service if service in _SERVICES else "-"
        metrics.REQUEST_SECONDS.labels(known, scope["method"], f"{status // 100}xx").observe(
            time.perf_counter() - started,
        )


_SERVICES = frozenset({"stores", "customers", "segmentation", "loyalty"})


class BodyLimit:
    """Refuses a body over its route's limit with 413 before reading more of it; nothing is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = RECEIPTS_BODY_BYTES_MAX if scope["path"] in _LARGE_BODIES else BODY_BYTES_MAX
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            await self._refuse(limit, scope, receive, send)
            return
        received = 0
        refused = False

        async def receive_counted() -> Message:
            nonlocal received, refused
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                refused = True
                return {"type": "http.disconnect"}
            return message

        async def send_unless_refused(message: Message) -> None:
            # Whatever the application makes of a body that stopped coming, the caller hears why.
            if not refused:
                await send(message)

        try:
            await self._app(scope, receive_counted, send_unless_refused)
        except ClientDisconnect:
            if not refused:
                raise
        if refused:
            await self._refuse(limit, scope, receive, send)

    async def _refuse(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        msg = f"the body is larger than {limit} bytes; send it in smaller parts"
        await problems.from_error(problems.TooLarge(msg, limit_bytes=limit))(scope, receive, send)
