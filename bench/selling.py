"""Tills that sell at a steady rate to the members of a whole distributed system, and how long until somebody noticed.

Requests leave on a schedule whether or not earlier ones were answered (an open loop), each with five receipts of
members, as a store's gateway sends them.
"""

from __future__ import annotations

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import httpx2

from bench.measuring import Sample
from shared.database.batch import fetch
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Engine

    from services.distributed import DistributedSystem

STORES = 20
LINES = 9
PER_REQUEST = 5
SENDERS = 16
TOKEN_MINUTES = 240
REGISTERED_AT_ONCE = 500
QUIET_S = 1.0
WAIT_S_MAX = 120.0


class Sold(NamedTuple):
    """A receipt, whose it is, and when its request was due, in seconds since 1970."""

    receipt_id: UUID
    customer_id: UUID
    due: float


class Tills:
    """Tills of a chain with `members` members, who buy one after the other."""

    def __init__(self, system: DistributedSystem, members: int) -> None:
        self._system, self._members = system, members
        limits = httpx2.Limits(max_connections=SENDERS, max_keepalive_connections=SENDERS)
        token = system.operator_token(TOKEN_MINUTES)
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {token}"}, timeout=120, trust_env=False, limits=limits
        )

    def prepare(self) -> None:
        """Stores and members."""
        stores = [
            {"store": f"S{n}", "name": f"Store {n}", "time_zone": "Asia/Shanghai", "currency": "CNY", "tills": ["1"]}
            for n in range(STORES)
        ]
        self.post("stores", "stores/batch", {"stores": stores})
        for first in range(0, self._members, REGISTERED_AT_ONCE):
            numbers = range(first, min(first + REGISTERED_AT_ONCE, self._members))
            customers = [{"customer_id": str(_member(n)), "card": f"C{n}"} for n in numbers]
            self.post("customers", "customers/batch", {"customers": customers})

    def sell(self, run: str, rate: float, seconds: float) -> list[Sold]:
        """Sells at `rate`; `run` makes these receipts others than earlier ones, and is the product of each."""
        sold: list[Sold] = []
        guard = threading.Lock()

        def post(number: int, due: float) -> None:
            buyers = [(number * PER_REQUEST + n) % self._members for n in range(PER_REQUEST)]
            results = self.post("stores", "receipts", _request(run, number, buyers))["results"]
            with guard:
                for buyer, result in zip(buyers, results, strict=True):
                    sold.append(Sold(UUID(result["receipt_id"]), _member(buyer), due))

        with ThreadPoolExecutor(SENDERS) as senders:
            sent = [senders.submit(post, number, due) for number, due in _due(rate, seconds)]
            for one in sent:
                one.result()
        return sold

    def post(self, service: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer. Raises for every other than a good one."""
        return self._asked("POST", service, path, body)

    def get(self, service: str, path: str) -> dict[str, Any]:
        """The same."""
        return self._asked("GET", service, path, None)

    def _asked(self, method: str, service: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        url = f"{self._system.address_of(service)}/api/{service}/v1/{path}"
        answer = self._client.request(method, url, json=body)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def noticed(engine: Engine, statement: str, parameters: Mapping[str, object], expected: int) -> dict[UUID, float]:
    """When each was noticed, by the (id, seconds since 1970) of `statement`; waits until `expected` are."""
    ends_at = time.monotonic() + WAIT_S_MAX
    while True:
        # A look now and then, so that looking is no part of what is measured.
        time.sleep(QUIET_S)
        with engine.begin() as connection:
            found = dict(fetch(connection, statement, parameters))
        if len(found) >= expected:
            return found
        if time.monotonic() > ends_at:
            raise TimeoutError(f"{len(found)} of {expected} noticed within {WAIT_S_MAX:.0f} s")


def quantiles(measure: str, subject: str, took: list[float]) -> Iterator[Sample]:
    """p50 and p99 of seconds, in milliseconds."""
    cuts = statistics.quantiles(took, n=100)
    for quantile in (50, 99):
        yield Sample(measure, subject, f"ms, p{quantile}", cuts[quantile - 1] * 1000)


def _member(number: int) -> UUID:
    return derived_id("latency", str(number))


def _request(run: str, number: int, buyers: list[int]) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    products = [run, *(f"P{n}" for n in range(1, LINES))]
    lines = [{"product": product, "quantity": 1, "amount_minor": 1_000} for product in products]
    return {
        "receipts": [
            {
                "store": f"S{number % STORES}",
                "till": "1",
                "number": f"{run}-{number}-{n}",
                "occurred_at": now,
                "total_minor": LINES * 1_000,
                "member": {"card": f"C{buyer}"},
                "lines": lines,
            }
            for n, buyer in enumerate(buyers)
        ],
    }


def _due(rate: float, seconds: float) -> Iterator[tuple[int, float]]:
    started = time.time()
    for number in range(int(rate * seconds / PER_REQUEST)):
        due = started + number * PER_REQUEST / rate
        time.sleep(max(0.0, due - time.time()))
        yield number, due
