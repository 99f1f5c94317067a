"""HTTP: the stream of changes, as server-sent events (WHATWG HTML §9.2)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from services.console.entrypoints.bodies import LiveEvent
from services.console.read_models.stores.query import stores_in
from shared.access.calls import CallerDep
from shared.access.permissions import WHOLE_CHAIN, requires
from shared.access.visibility import stores_visible
from shared.database.engine import reading
from shared.runtime.http import stopping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import APIRouter
    from sqlalchemy import Engine

    from services.console.entrypoints.live import LiveFeed
    from services.console.entrypoints.wiring import Wiring
    from shared.access.permissions import Caller

HEARTBEAT_S = 15.0
"""So often at least something is sent: who listens knows that we are there, and we hear that she is gone."""
LOOK_S = 1.0
"""So often a stream looks whether its process is about to end."""
STREAM_S_MAX = 300
"""Then the page opens another one, with the token and the stores that she has by then."""


def add_routes(api: APIRouter, wiring: Wiring, feed: LiveFeed) -> None:
    """Adds the route."""

    @api.get(
        "/live",
        summary="Changes as they happen",
        description="Server-sent events; each `data` is a `LiveEvent`. There is no history: a stream begins by saying"
        " that everything changed, and whoever hears of a change fetches again what it shows. The stream ends after"
        f" {STREAM_S_MAX} seconds: open another one.",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}, "model": LiveEvent}},
        dependencies=[requires("console.live.read")],
    )
    async def get_live(
        request: Request,
        caller: CallerDep,
        seconds: Annotated[int, Query(ge=0, le=STREAM_S_MAX, description="After how long to end.")] = STREAM_S_MAX,
    ) -> StreamingResponse:
        stores = None if caller.scope == WHOLE_CHAIN else await run_in_threadpool(_stores_of, wiring.engine, caller)
        return StreamingResponse(
            _stream(request, feed, stores, seconds),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _stores_of(engine: Engine, caller: Caller) -> frozenset[str]:
    with reading(engine) as connection:
        return stores_in(connection, stores_visible(caller.scope))


async def _stream(request: Request, feed: LiveFeed, stores: frozenset[str] | None, seconds: int) -> AsyncIterator[str]:
    ends_at = time.monotonic() + seconds
    with feed.subscribed() as mailbox:
        yield ": regulars\n\n"
        spoke_at = time.monotonic()
        while time.monotonic() < ends_at and not stopping(request.scope):
            events = await mailbox.take(within_s=LOOK_S)
            shown = [event for event in events if stores is None or event.id is None or event.id in stores]
            if shown:
                yield "".join(f"data: {event.model_dump_json(exclude_none=True)}\n\n" for event in shown)
            elif time.monotonic() - spoke_at > HEARTBEAT_S:
                yield ":\n\n"
            else:
                continue
            spoke_at = time.monotonic()
