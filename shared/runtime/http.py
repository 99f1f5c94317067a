"""The HTTP side of a process: services mounted under /api/<service>/v1, with limits, ids and health."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import anyio.to_thread
import structlog
from anyio import CapacityLimiter
from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import ClientDisconnect

from shared.access import problems
from shared.access.openapi import DescribedAPI
from shared.access.permissions import is_let_in
from shared.kernel.ids import new_id
from shared.observability import metrics, tracing
from shared.runtime.access import NOBODY, Access, guard
from shared.runtime.checks import watch_services
from shared.runtime.forwarding import Forward, while_it_runs
from shared.runtime.health import Health
from shared.runtime.operations import operations_router
from shared.runtime.page import API, Page
from shared.runtime.plant import Plant
from shared.runtime.sampling import Sampler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from shared.runtime.service import Service

log = structlog.get_logger(__name__)

BODY_BYTES_MAX = 1024 * 1024
RECEIPTS_BODY_BYTES_MAX = 8 * 1024 * 1024
_LARGE_BODIES = frozenset({"/api/stores/v1/receipts", "/api/customers/v1/customers/batch"})


def build_app(
    services: Sequence[Service],
    *,
    access: Access = NOBODY,
    health: Health | None = None,
    sampler: Sampler | None = None,
    plant: Plant | None = None,
) -> FastAPI:
    """One application over `services`; each has its own OpenAPI 3.1 document at /api/<service>/v1/openapi.json.

    Without services it is what a worker serves: health and metrics. `access` says who may call; by default nobody.
    `health` and `sampler` are the process's own; `plant` is what its operations may use beside the services.
    """
    health, plant = health or Health(), plant or Plant()
    watch_services(health, services)
    here = {service.name for service in services} | ({"access"} if access.issuer else set())
    elsewhere = {
        name: Forward(name, address)
        for service in services
        for name, address in service.forward.items()
        if name not in here
    }
    root = FastAPI(
        title="Regulars",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=while_it_runs(elsewhere.values()),
    )
    problems.install(root)
    for service in services:
        app = DescribedAPI(
            title=f"Regulars: {service.name}",
            version="1",
            description=f"The HTTP side of `{service.name}`. Errors are RFC 9457 problem details with a stable `code`.",
        )
        problems.install(app)
        # As they are: an included router makes each of its routes a second time, when the first request comes.
        app.router.routes.extend([*service.router.routes, *operations_router(service, plant).routes])
        root.mount(f"/api/{service.name}/v1", app)

    _add_health(root, health, sampler or Sampler(services, None, health))
    root.add_middleware(BodyLimit)
    root.add_middleware(RequestTrace)
    for name, forward in elsewhere.items():
        root.mount(f"/api/{name}", forward)
    pages = [service.page for service in services if service.page is not None]
    guard(
        root,
        access,
        [f"/api/{service.name}/v1" for service in services],
        [
            *(f"/api/{service.name}/v1{path}" for service in services for path in service.public),
            # Who may call those is checked there.
            *(f"/api/{name}/" for name in elsewhere),
        ],
        # Beside a page everything is open but the APIs: an address of the page is nobody's secret.
        closed_below=API if pages else "/",
    )
    for page in pages:
        # Last: it answers for whatever nobody else does.
        root.mount("/", Page(page))
    root.add_middleware(RequestFrame, services=frozenset(service.name for service in services), health=health)
    return root


def _add_health(root: FastAPI, health: Health, sampler: Sampler) -> None:
    # Not among the threads of the routes: a probe must be answered while all of those are busy.
    run = partial(anyio.to_thread.run_sync, limiter=CapacityLimiter(2))

    @root.get("/livez", summary="The process runs and its event loop turns")
    async def livez() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @root.get("/readyz", summary="Everything that this process needs is there; 503 with what is not")
    async def readyz() -> JSONResponse:
        found = await run(health.look)
        ready = not any(found.values())
        checks = {name: wrong or "ok" for name, wrong in found.items()}
        return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)

    @root.get("/metrics", summary="Prometheus metrics of this process")
    async def metrics_page() -> Response:
        await run(sampler.refresh)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


class RequestFrame:
    """Gives each request a correlation id for its log lines and answer, and measures it."""

    def __init__(self, app: ASGIApp, services: frozenset[str], health: Health) -> None:
        self._app = app
        self._services = services
        self._health = health

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[_HEALTH] = self._health
        service, method = self._labels(scope)
        correlation_id = str(_correlation_id(scope))
        started, status, started_answer = time.perf_counter(), 500, False
        is_api = scope["path"].startswith(API)

        async def send_marked(message: Message) -> None:
            nonlocal status, started_answer
            if message["type"] == "http.response.start":
                started_answer = True
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-correlation-id", correlation_id.encode("latin-1"))]
                if is_api and not any(name.lower() == b"cache-control" for name, _ in message["headers"]):
                    # What somebody may see now is nobody's to keep: not the browser's next user's, and not a proxy's.
                    message["headers"].append((b"cache-control", b"no-store"))
                if self._health.stopping:
                    # The client opens its next connection elsewhere, instead of losing a request on this one.
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        with (
            structlog.contextvars.bound_contextvars(correlation_id=correlation_id),
            metrics.REQUESTS_IN_FLIGHT.labels(service).track_inprogress(),
        ):
            try:
                await self._app(scope, receive, send_marked)
            except ClientDisconnect:
                log.info("client_gone")
            except Exception as error:
                # Starlette raises again what its handler has answered already: log it, here and only here.
                log.exception("request_failed", error=type(error).__name__, **tracing.log_fields(scope.get(_TRACE)))
                if not started_answer:
                    await problems.from_error(error)(scope, receive, send_marked)
        metrics.REQUEST_SECONDS.labels(service, method, f"{status // 100}xx").observe(time.perf_counter() - started)

    def _labels(self, scope: Scope) -> tuple[str, str]:
        # Whatever a stranger asks for, there are no more labels than these.
        _, _, service = scope["path"].partition("/api/")
        name = service.partition("/")[0]
        return name if name in self._services else "-", _method(scope)


def stopping(scope: Scope) -> bool:
    """Whether the process that answers this request is about to end: an answer without end ends then."""
    health = scope.get(_HEALTH)
    return isinstance(health, Health) and health.stopping


class RequestTrace:
    """Records a request as a step of its caller's trace. Behind the door: a stranger has no say in what is recorded."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        followed = _header(scope, b"traceparent") if is_let_in(scope) else ""
        with tracing.request(_method(scope), followed or None) as span:
            scope[_TRACE] = tracing.current()
            try:
                await self._app(scope, receive, send_noted)
            finally:
                tracing.name_request(span, _method(scope), _template(scope), status)


def _correlation_id(scope: Scope) -> UUID:
    """The caller's own if it is a UUID: it goes into every log line, and anything else could name somebody."""
    try:
        return UUID(_header(scope, b"x-correlation-id"))
    except ValueError:
        return new_id()


def _header(scope: Scope, name: bytes) -> str:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return headers.get(name, b"").decode("latin-1")


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in _METHODS else "-"


def _template(scope: Scope) -> str | None:
    """The path of the route that answered, with the names of what changes in it instead of their values."""
    route = scope.get("route")
    return f"{scope.get('root_path', '')}{route.path}" if route is not None else None


_HEALTH = "regulars.health"
_TRACE = "regulars.trace"
"""Where a scope has the `traceparent` of its request, for the log line of its failure."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


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
