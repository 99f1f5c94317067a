"""Waiting until a system has said and heard everything: no outbox holds anything, no consumer is behind."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from services.children import NotReadyError
from shared.messaging.lag import Lag, lags, outbox_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.attached import Attached

LOOK_EVERY_S = 0.05
STALLED_S_MAX = 120.0


def places(view: Attached) -> list[Lag]:
    """Where each consumer of each service is, and how much it has before it."""
    return [place for service in view.services for place in lags(service.engine, service.consumers, view.event_log)]


def wait_until_quiet(view: Attached, watch: Callable[[list[Lag]], None] = lambda _places: None) -> None:
    """Returns when nothing waits, twice, with nothing new in between; `watch` sees each look.

    Raises `NotReadyError` when nothing moves for `STALLED_S_MAX`.
    """
    before: list[Lag] | None = None
    moved_at, seen = time.monotonic(), None
    while True:
        waiting = sum(outbox_size(service.engine) for service in view.services)
        found = places(view)
        watch(found)
        if (waiting, found) != seen:
            moved_at, seen = time.monotonic(), (waiting, found)
        elif time.monotonic() - moved_at > STALLED_S_MAX:
            behind = ", ".join(f"{place.consumer} {place.records:,}" for place in found if place.records)
            msg = f"nothing moved for {STALLED_S_MAX:.0f} s: outboxes {waiting:,}, behind: {behind}; see the logs"
            raise NotReadyError(msg)
        if waiting or any(place.records for place in found):
            before = None
        elif found == before:
            return
        else:
            before = found
        time.sleep(LOOK_EVERY_S)
