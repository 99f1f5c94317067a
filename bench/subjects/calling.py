"""Callers of an API: each on a connection of its own, one request after the other; every answer is timed.

Plain sockets and bytes: a real HTTP client would cost more than what it measures.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Connection:
    """One connection, kept open. `seconds` is what each of its requests took."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._head = f"host: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
        self.seconds: list[float] = []

    async def open(self) -> None:
        """Connects; the end of the process closes."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def post(self, path: str, body: str, *, due: float | None = None) -> bytes:
        """The answer; ends the process for one that is no success. Timed from when it was `due`, if that is given."""
        began = time.perf_counter() if due is None else due
        sent = body.encode()
        self._writer.write(f"POST {path} HTTP/1.1\r\n{self._head}content-length: {len(sent)}\r\n\r\n".encode() + sent)
        told = await self._reader.readuntil(b"\r\n\r\n")
        length = int(told.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        answer = await self._reader.readexactly(length)
        self.seconds.append(time.perf_counter() - began)
        if not told.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            raise SystemExit(f"{told!r} {answer!r}")
        return answer


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    took = sorted(seconds)
    return {f"p{p}": took[min(len(took) - 1, len(took) * p // 100)] * 1000 for p in (50, 95, 99)}
