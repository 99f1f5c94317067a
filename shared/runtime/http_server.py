"""The HTTP server in a thread of its own, so that the process's signals stay with whoever runs the process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import structlog
import uvicorn

from shared.runtime.leaving import LeavingServer
from shared.runtime.sockets import inherited, listening

if TYPE_CHECKING:
    from fastapi import FastAPI

    from shared.runtime.health import Health

log = structlog.get_logger(__name__)

FINISH_S_MAX = 20
"""How long requests in flight have once nothing new is accepted."""
KEEP_ALIVE_S = 75
"""Longer than balancers and client pools keep an idle connection, so that the closing side is theirs."""


class HttpServer:
    """Serves `app` on `host` and `port` from `start` until `stop`; sets `ended` when it ends, for whatever reason.

    The address is taken when this is made: raises `OSError` when somebody else has it. Port 0 is any free one. A socket
    that systemd or our own parent holds open for us (`shared.runtime.sockets`) goes before both: while a process is
    replaced by the next, connections wait there instead of being refused.
    """

    def __init__(
        self,
        app: FastAPI,
        health: Health,
        *,
        host: str,
        port: int,
        ended: threading.Event,
        drain_s: float = 0.0,
    ) -> None:
        self._socket = inherited() or listening(host, port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=FINISH_S_MAX,
        )
        self._server = LeavingServer(config, health, drain_s=drain_s)
        self._ended = ended
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)
        self.failed = False

    def start(self) -> None:
        """Begins to serve and returns."""
        self._thread.start()

    def stop(self) -> None:
        """Says that it is not ready, serves on for `drain_s`, takes no more connections, answers what has begun."""
        self._server.should_exit = True
        self._thread.join()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except BaseException:
            # All of it: uvicorn also leaves by SystemExit, which a thread would swallow.
            log.exception("http_failed")
        self.failed = not self._server.should_exit
        self._ended.set()
