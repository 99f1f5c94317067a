"""Tills that ask the same path again and again, each with one basket after the other.

    python -m bench.subjects.tills PORT PATH TILLS SECONDS PACE FILE

FILE holds a token and, a line each, the bodies; `NEW_ID` in one becomes an id that nobody had before. PACE 0: the next
request leaves when the answer is there (a closed loop, which finds the most that can be done). Else each till asks once
in so many seconds, as tills do, spread evenly, and a request's time runs from when it was due, so that one that had to
wait for the one before says so. SECONDS 0: each till asks once, all of them at the same moment.
"""

from __future__ import annotations

import asyncio
import sys
import time
from itertools import count
from pathlib import Path
from uuid import uuid4

from bench.subjects.calling import Connection, quantiles
from bench.subjects.telling import tell

NEW_ID = "NEW_ID"
GIVEN = b'"effects":[{'
"""In the answer to a basket that gets something."""


class Till:
    """One of them, which begins with the basket of its own number."""

    def __init__(self, connection: Connection, path: str, bodies: list[str], number: int) -> None:
        self._connection, self._path = connection, path
        self._bodies, self._number = bodies, number
        self.given = 0

    async def ask(self, n: int, due: float | None = None) -> None:
        """Its basket of number `n`."""
        body = self._bodies[(self._number + n) % len(self._bodies)].replace(NEW_ID, str(uuid4()))
        self.given += GIVEN in await self._connection.post(self._path, body, due=due)

    async def until(self, end: float) -> None:
        """Without a pause; at least once."""
        await self.ask(0)
        for n in count(1):
            if time.perf_counter() >= end:
                return
            await self.ask(n)

    async def at_its_times(self, first: float, pace: float, end: float) -> None:
        """Once in `pace` seconds."""
        for n in count():
            due = first + n * pace
            if due >= end:
                return
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await self.ask(n, due)


async def call(port: int, path: str, told: list[str], *, tills: int, seconds: float, pace: float) -> None:
    """Runs all of them and tells what each request took."""
    token, *bodies = told
    connections = [Connection(port, token) for _ in range(tills)]
    asking = [Till(connection, path, bodies, n) for n, connection in enumerate(connections)]
    # Everybody is connected before the first asks.
    await asyncio.gather(*(connection.open() for connection in connections))
    began = time.perf_counter()
    end = began + seconds
    if pace:
        firsts = (began + pace * n / tills for n in range(tills))
        await asyncio.gather(*(till.at_its_times(at, pace, end) for till, at in zip(asking, firsts, strict=True)))
    else:
        await asyncio.gather(*(till.until(end) for till in asking))
    elapsed = time.perf_counter() - began
    took = [s for connection in connections for s in connection.seconds]
    given = sum(till.given for till in asking)
    tell("done", asked=len(took), given=given, elapsed_s=elapsed, per_s=len(took) / elapsed, **quantiles(took))


if __name__ == "__main__":
    lines = Path(sys.argv[6]).read_text().splitlines()
    how_many, how_long, every = int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])
    asyncio.run(call(int(sys.argv[1]), sys.argv[2], lines, tills=how_many, seconds=how_long, pace=every))
