"""The processes that a local system keeps running: started, looked after, started again, stopped in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
import structlog

from shared.kernel.failpoints import VARIABLE as FAILPOINTS
from shared.runtime.sockets import HANDED_OVER

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

log = structlog.get_logger(__name__)

READY_S_MAX = 120.0
STOP_S_MAX = 30.0
LOOK_EVERY_S = 1.0
ANSWER_S_MAX = 1.0
PARENT = "REGULARS_PARENT"
"""Environment variable of every child: the process id of who started it."""


class NotReadyError(RuntimeError):
    """The system did not come up; the message says where to look."""


@dataclass(frozen=True, slots=True)
class Child:
    """One process: `python -m <arguments>`, which serves /livez, /readyz and /metrics on the socket `listening`.

    The socket is ours before the process starts and while it is started again: nobody else can get its port, so that
    whoever answers at `address` is this child.
    """

    arguments: Sequence[str]
    address: str
    listening: socket.socket


class Children:
    """Processes with one environment; what each says goes to a file of its own in `log_folder`."""

    def __init__(self, children: Mapping[str, Child], environment: Mapping[str, str], log_folder: Path) -> None:
        self._children = children
        self._environment = environment
        self._log_folder = log_folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = threading.Event()

    def start(self) -> None:
        """Starts all of them."""
        self._log_folder.mkdir(exist_ok=True)
        for name in self._children:
            self._start(name)

    def _start(self, name: str, *, again: bool = False) -> None:
        listening = self._children[name].listening.fileno()
        environment = {**os.environ, **self._environment, PARENT: str(os.getpid()), HANDED_OVER: str(listening)}
        if again:
            # What a test planned has happened.
            environment.pop(FAILPOINTS, None)
        with (self._log_folder / f"{name}.log").open("ab") as output:
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", *self._children[name].arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[listening],
                # A Ctrl-C at the terminal is for the parent, which then stops the children in order.
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Returns when each has said once that it is ready. Raises `NotReadyError`."""
        deadline = time.monotonic() + READY_S_MAX
        waiting = dict(self._children)
        with httpx2.Client(trust_env=False, timeout=ANSWER_S_MAX) as client:
            while waiting:
                for name, running in self._running.items():
                    if running.poll() is not None:
                        msg = f"{name} ended at start with {running.returncode}; see {self._log_folder / f'{name}.log'}"
                        raise NotReadyError(msg)
                waiting = {name: child for name, child in waiting.items() if not _is_ready(client, child)}
                if waiting and time.monotonic() > deadline:
                    msg = f"{', '.join(waiting)} not ready after {READY_S_MAX:.0f} s; see {self._log_folder}"
                    raise NotReadyError(msg)
                time.sleep(0.05)

    def look_after(self, servers: Sequence[Callable[[], object]]) -> None:
        """Starts again what ended by itself or was killed: first the `servers` that they need, each by its revival."""
        threading.Thread(target=self._look_after, args=(servers,), name="keeper", daemon=True).start()

    def _look_after(self, servers: Sequence[Callable[[], object]]) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            try:
                for revive in servers:
                    if revived := revive():
                        log.warning("server_restarted", server=str(revived))
            except (OSError, RuntimeError, subprocess.SubprocessError):
                log.exception("server_does_not_start")
                continue
            for name, running in list(self._running.items()):
                if running.poll() is not None and not self._stopping.is_set():
                    log.warning("process_restarted", name=name, code=running.returncode)
                    self._start(name, again=True)

    def stop(self) -> None:
        """SIGTERM to all, and SIGKILL to those that have not finished in time."""
        self._stopping.set()
        # Else who calls while they stop would wait for an answer that nobody gives.
        for child in self._children.values():
            child.listening.close()
        for running in self._running.values():
            if running.poll() is None:
                running.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_S_MAX
        for running in self._running.values():
            try:
                running.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def _is_ready(client: httpx2.Client, child: Child) -> bool:
    try:
        return client.get(f"{child.address}/readyz").is_success
    except httpx2.TransportError:
        return False
