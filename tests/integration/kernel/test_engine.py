"""A database that is there and says nothing: nobody waits for it for ever."""

from __future__ import annotations

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psutil
import pytest

from shared.database import engine as engines
from shared.database.engine import connect, is_transient

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Accepts connections and never answers, as a server does whose machine hangs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_a_server_that_never_answers_is_given_up_and_watched_meanwhile(
    silent: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engines, "CONNECT_S_MAX", 2)
    port = silent.getsockname()[1]
    engine = connect(f"postgresql+psycopg://regulars@127.0.0.1:{port}/none", schema="kernel")
    began = time.monotonic()
    pool = ThreadPoolExecutor(1)
    connecting = pool.submit(engine.connect)
    accepted, (_, from_port) = silent.accept()
    mine = {c.laddr.port: c.fd for c in psutil.Process().net_connections("tcp4") if c.laddr}
    # A copy of the client's descriptor: what it was told to do about a peer that is gone.
    client = socket.socket(fileno=os.dup(mine[from_port]))
    told = [client.getsockopt(*option) for option in ((socket.SOL_SOCKET, socket.SO_KEEPALIVE), *TCP)]
    assert told == [1, 30, 30_000]
    client.close()
    failed = connecting.exception(timeout=8)
    assert failed is not None
    assert is_transient(failed)
    assert time.monotonic() - began >= 2
    pool.shutdown()
    accepted.close()
    engine.dispose()


TCP = ((socket.IPPROTO_TCP, socket.TCP_KEEPIDLE), (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))
