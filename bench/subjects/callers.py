"""Callers who redeem: each one request after the other, until the time is over.

A redemption is two calls, reserve and confirm, of one point of an account of the caller's own; each call is timed.

    python -m bench.subjects.callers PORT CALLERS SECONDS FILE

FILE holds a token and, after it, the ids of members with points.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from uuid import uuid4

from bench.subjects.calling import Connection, quantiles
from bench.subjects.telling import tell

PATH = "/api/loyalty/v1/redemptions"


async def redeem(port: int, token: str, customer_id: str, until: float) -> list[float]:
    """Redeems until the clock says `until`; what each call took."""
    connection = Connection(port, token)
    await connection.open()
    while time.perf_counter() < until:
        id_ = str(uuid4())
        await connection.post(PATH, json.dumps({"redemption_id": id_, "customer_id": customer_id, "points": 1}))
        await connection.post(f"{PATH}/{id_}/confirm", "{}")
    return connection.seconds


async def call(port: int, callers: int, seconds: float, token: str, members: list[str]) -> None:
    """Runs all of them and tells what each call took."""
    began = time.perf_counter()
    calling = (redeem(port, token, members[n % len(members)], began + seconds) for n in range(callers))
    took = [s for one in await asyncio.gather(*calling) for s in one]
    tell("done", per_s=len(took) / (time.perf_counter() - began), **quantiles(took))


if __name__ == "__main__":
    credentials, *accounts = Path(sys.argv[4]).read_text().split()
    asyncio.run(call(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), credentials, accounts))
