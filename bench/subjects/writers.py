"""Writers side by side, a process each, from one start to one end. Imports nothing, since peers use it too."""

from __future__ import annotations

import multiprocessing
import os
import time
from typing import TYPE_CHECKING

from bench.subjects.telling import tell

if TYPE_CHECKING:
    from collections.abc import Callable

    Append = Callable[[], int]

CONNECT_S_MAX = 60
STATE = (
    b'{"receipt_id":"5f0c1f8e-7c58-4c4e-9f6d-0d6a1a2b3c4d","receipt_version":1,"net_minor":12345,"currency":"CNY",'
    b'"business_date":"2026-03-01","expires_on":"2028-03-31","receipt_points":123,"points":123,"available":4567}'
)
"""What every subject appends: an event of ordinary size, encoded already."""


def write(writers: int, seconds: float, connect: Callable[[], Append]) -> None:
    """Each writer connects, waits for the others, and appends until the time is over; tells how much that was."""
    context = multiprocessing.get_context("fork")
    ready, counted, took = context.Barrier(writers), context.Array("q", writers), context.Array("d", writers)

    def run(number: int) -> None:
        append = connect()
        append()
        ready.wait(CONNECT_S_MAX)
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            counted[number] += append()
        took[number] = time.monotonic() - began
        # At once: what a library would clean up is not of interest.
        os._exit(0)

    processes = [context.Process(target=run, args=(number,)) for number in range(writers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        if process.exitcode:
            raise SystemExit(process.exitcode)
    tell("done", events=sum(counted), per_s=sum(n / s for n, s in zip(counted, took, strict=True)))
