"""The socket of the HTTP server: its answers wait for nothing."""

from __future__ import annotations

import socket
import threading

from fastapi import FastAPI

from shared.runtime.health import Health
from shared.runtime.http_server import HttpServer


def test_a_connection_is_known_to_be_tcp() -> None:
    """Only then does asyncio turn Nagle's algorithm off, without which each answer takes 40 ms on a kept connection."""
    server = HttpServer(FastAPI(), Health(), host="127.0.0.1", port=0, ended=threading.Event())
    with server._socket, socket.create_connection(("127.0.0.1", server.port)):
        accepted, _ = server._socket.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP
