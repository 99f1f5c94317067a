"""How long a receipt takes from the till's request to its points, at a steady rate, over a whole local system.

    .venv/bin/python bench/latency.py --kafka --rates 100,500 --seconds 60

Requests leave on a schedule, whether or not earlier ones were answered (an open loop), each with a few receipts of
members, as a store's gateway sends them. A receipt's latency is from the moment when its request was due until the
database of `loyalty` recorded its points (`events.recorded_at`, a few milliseconds before the commit); both clocks
are this machine's. Prints a table; `--traces FILE` also records every hundredth receipt's way.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2

from services.profile import LOCAL
from services.systems import local_system
from shared.database.batch import fetch
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.local import LocalSystem

MEMBERS = 1_000
STORES = 20
LINES = 9
PER_REQUEST = 5
SENDERS = 16


def _client(system: LocalSystem) -> httpx2.Client:
    token = system.operator_token(240)
    limits = httpx2.Limits(max_connections=SENDERS, max_keepalive_connections=SENDERS)
    return httpx2.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False, limits=limits)


def _prepare(system: LocalSystem, client: httpx2.Client) -> None:
    stores = [
        {"store": f"S{n}", "name": f"Store {n}", "time_zone": "Asia/Shanghai", "currency": "CNY", "tills": ["1"]}
        for n in range(STORES)
    ]
    address = system.address_of("stores")
    client.post(f"{address}/api/stores/v1/stores/batch", json={"stores": stores}).raise_for_status()
    for first in range(0, MEMBERS, 500):
        body = {
            "customers": [
                {"customer_id": str(derived_id("latency", str(n))), "card": f"C{n}"} for n in range(first, first + 500)
            ],
        }
        address = system.address_of("customers")
        client.post(f"{address}/api/customers/v1/customers/batch", json=body).raise_for_status()


def _request(run: str, number: int, count: int) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    lines = [{"product": f"P{n}", "quantity": 1, "amount_minor": 1_000} for n in range(LINES)]
    return {
        "receipts": [
            {
                "store": f"S{number % STORES}",
                "till": "1",
                "number": f"{run}-{number}-{n}",
                "occurred_at": now,
                "total_minor": LINES * 1_000,
                "member": {"card": f"C{(number * PER_REQUEST + n) % MEMBERS}"},
                "lines": lines,
            }
            for n in range(count)
        ],
    }


def _due(rate: float, seconds: float) -> Iterator[tuple[int, float]]:
    started = time.time()
    for number in range(int(rate * seconds / PER_REQUEST)):
        due = started + number * PER_REQUEST / rate
        time.sleep(max(0.0, due - time.time()))
        yield number, due


def _send(system: LocalSystem, client: httpx2.Client, rate: float, seconds: float) -> tuple[dict[str, float], float]:
    """Receipt ids with the moment when each was due, and how many seconds the last answer came after the end."""
    address = f"{system.address_of('stores')}/api/stores/v1/receipts"
    run = f"R{int(time.time() * 1000)}"
    due_at: dict[str, float] = {}
    guard = threading.Lock()
    failures: queue.Queue[BaseException] = queue.Queue()

    def post(number: int, due: float) -> None:
        try:
            answer = client.post(address, json=_request(run, number, PER_REQUEST))
            answer.raise_for_status()
            with guard:
                due_at.update({result["receipt_id"]: due for result in answer.json()["results"]})
        except BaseException as error:  # noqa: BLE001 - raised below
            failures.put(error)

    with ThreadPoolExecutor(SENDERS) as senders:
        for number, due in _due(rate, seconds):
            senders.submit(post, number, due)
        end = time.time()
    if not failures.empty():
        raise failures.get()
    return due_at, time.time() - end


def _latencies(system: LocalSystem, due_at: dict[str, float]) -> list[float]:
    engine = system.engine("loyalty")

    def points() -> int:
        with engine.begin() as connection:
            return int(fetch(connection, "select count(*) from events where type = 'points_earned'")[0][0])

    # A look now and then, so that looking is no part of what is measured.
    before = -1
    while (now := points()) != before:
        before = now
        time.sleep(2)
    with engine.begin() as connection:
        found = dict(
            fetch(
                connection,
                "select data->>'receipt_id', extract(epoch from recorded_at)::float8 from events"
                " where type = 'points_earned'",
            ),
        )
    return sorted(found[receipt] - due for receipt, due in due_at.items())


def main() -> None:
    """Runs the rates one after the other on one fresh system."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", default="100,500", help="receipts per second, one after the other")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--kafka", action="store_true", help="the distributed system instead of the embedded one")
    parser.add_argument("--traces", type=Path, help="where to write spans")
    options = parser.parse_args()
    if options.traces:
        os.environ |= {"REGULARS_TRACES_FILE": str(options.traces.absolute()), "REGULARS_TRACES_RATIO": "0.01"}
    with (
        tempfile.TemporaryDirectory() as folder,
        local_system(Path(folder) / "data", kafka=LOCAL if options.kafka else None) as system,
    ):
        client = _client(system)
        _prepare(system, client)
        _latencies(system, _send(system, client, 50, 10)[0])
        for rate in map(float, options.rates.split(",")):
            due_at, late = _send(system, client, rate, options.seconds)
            seconds = _latencies(system, due_at)
            points = {f"p{p}_ms": round(statistics.quantiles(seconds, n=100)[p - 1] * 1000) for p in (50, 95, 99)}
            print(
                json.dumps({"receipts_per_second": rate, "receipts": len(seconds), "late_s": round(late, 2)} | points)
            )


if __name__ == "__main__":
    main()
