"""Sockets that listen: our own, or one that was opened for us, so that connections wait while a process is replaced."""

from __future__ import annotations

import os
import socket

BACKLOG = 2048
HANDED_OVER = "REGULARS_LISTENING"
"""Environment variable of a child: the descriptor of the socket that its parent listens on for it."""


def listening(host: str, port: int = 0) -> socket.socket:
    """A socket on which connections wait from now on; port 0 is any free one.

    Raises `OSError` when somebody else has the address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.create_server((host, port), family=family, backlog=BACKLOG)
    # Made anew from its number it knows that it speaks TCP, and only of such a one does asyncio turn Nagle's algorithm
    # off: without that, the body of every answer waits 40 ms for the client to acknowledge the headers.
    return socket.socket(fileno=made.detach())


def inherited() -> socket.socket | None:
    """Our parent's socket, or the first handed over by the protocol of sd_listen_fds(3) and meant for this process."""
    if descriptor := os.environ.get(HANDED_OVER):
        return socket.socket(fileno=int(descriptor))
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS", "0") == "0":
        return None
    return socket.socket(fileno=3)
