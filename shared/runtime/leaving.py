"""How an HTTP server leaves without failing a request."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog
import uvicorn

if TYPE_CHECKING:
    import socket

    from shared.runtime.health import Health

log = structlog.get_logger(__name__)

LEAVE_S_MAX = 3.0
"""How long open connections have to bring one more request, whose answer then closes them."""
STEP_S = 0.05


class LeavingServer(uvicorn.Server):
    """uvicorn that leaves in steps: says so, waits, stops accepting, lets connections go, finishes.

    uvicorn alone closes idle connections the moment it is asked to stop, and a request that is on its way over one
    of them fails. Here each answer from then on carries `Connection: close` (`shared.runtime.http`): clients leave by
    themselves, and only a connection that stays silent for `LEAVE_S_MAX` is closed.
    """

    def __init__(self, config: uvicorn.Config, health: Health, *, drain_s: float) -> None:
        super().__init__(config)
        self._health = health
        self._drain_s = drain_s

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to accept, and says so."""
        await super().startup(sockets)
        log.info("serving", addresses=[str(s.getsockname()) for server in self.servers for s in server.sockets])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends in steps; the event loop goes on serving meanwhile."""
        self._health.stop()
        # Whoever balances asks /readyz every few seconds and sends requests here until it hears the answer.
        await asyncio.sleep(self._drain_s)
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        end = time.monotonic() + LEAVE_S_MAX
        while self.server_state.connections and time.monotonic() < end:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(STEP_S)
        await super().shutdown(sockets)
