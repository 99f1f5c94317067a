"""Live traffic beside whatever else a system has to do: tills that sell, members who look and redeem.

Calls leave on a schedule, whether or not earlier ones were answered, and a call's time counts from when it was due: a
service that stalls does not thereby slow its own measure down.
"""

from __future__ import annotations

import itertools
import random
import statistics
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.kernel.ids import derived_id
from tests.support.load import OPENING
from tests.support.world import Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx2

    from tests.support.load import Expected, Member
    from tests.support.serving import Serving

STORE = {"store": "LIVE", "name": "Live", "time_zone": "Asia/Shanghai", "currency": "CNY", "tills": ["1"]}
MIX = ("intake",) * 5 + ("balance",) * 3 + ("redemption",) * 2
CALLERS = 12
FIRST_MINOR = 100_000
SOLD_MINOR = 5_000
SAMPLES_MIN = 30
P95_MS_MAX = 300
"""Of an answer to a live caller, whatever else goes on."""
SLOWER_MAX = 2.0
"""Where the machine alone is slower than that: how much slower a busy system may be than an idle one."""


@dataclass
class Figures:
    """Seconds by kind of answer, and what went wrong."""

    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)

    def p95_ms(self, kind: str) -> float:
        """With fewer than `SAMPLES_MIN` calls there is none."""
        assert len(self.seconds[kind]) >= SAMPLES_MIN, f"only {len(self.seconds[kind])} calls: {kind}"
        return statistics.quantiles(self.seconds[kind], n=100)[94] * 1000

    @property
    def enough(self) -> bool:
        """Whether there are calls enough of each kind to speak of a percentile."""
        return all(len(self.seconds[kind]) >= SAMPLES_MIN for kind in set(MIX))

    def assert_unharmed(self, alone: Figures) -> None:
        """Raises if callers had to wait longer beside something else than they may."""
        for kind in self.seconds:
            allowed = max(P95_MS_MAX, SLOWER_MAX * alone.p95_ms(kind))
            assert self.p95_ms(kind) <= allowed, f"{kind}: alone {alone}; beside {self}"

    def __str__(self) -> str:
        """Of each kind: p50 and p95, in milliseconds."""
        return ", ".join(
            f"{kind} {statistics.median(seconds) * 1000:.0f}/{self.p95_ms(kind):.0f} ms of {len(seconds)}"
            for kind, seconds in sorted(self.seconds.items())
        )


def open_for_business(
    serving: Serving, members: Sequence[Member], expected: Expected, stores: Sequence[dict[str, Any]] = ()
) -> None:
    """The live store beside `stores`, and members who have points to redeem."""
    serving.send(Step("/stores/v1/stores/batch", {"stores": [STORE, *stores]}))
    for some in _by_thousands(members):
        registered = [{"customer_id": str(member.customer_id), "card": member.card} for member in some]
        serving.send(Step("/customers/v1/customers/batch", {"customers": registered}))
    serving.settle()
    for some in _by_thousands(members):
        sold = [_receipt(f"F{member.card}", member, FIRST_MINOR) for member in some]
        serving.send(Step("/stores/v1/receipts", {"receipts": sold}))
        for member in some:
            expected.sold(member.customer_id, FIRST_MINOR)
    serving.settle()


def _by_thousands(members: Sequence[Member]) -> Iterator[Sequence[Member]]:
    for first in range(0, len(members), 1_000):
        yield members[first : first + 1_000]


def _receipt(number: str, member: Member, amount_minor: int) -> dict[str, Any]:
    return {
        "store": STORE["store"],
        "till": "1",
        "number": number,
        "occurred_at": OPENING.isoformat(),
        "total_minor": amount_minor,
        "member": {"card": member.card},
        "lines": [{"product": "TEA", "quantity": 1, "amount_minor": amount_minor}],
    }


class Live:
    """Traffic of `members`, who have points to redeem; `expected` is told what was acknowledged."""

    def __init__(
        self, serving: Serving, members: Sequence[Member], expected: Expected, *, seed: int, per_second: float
    ) -> None:
        self._serving = serving
        self._members = members
        self._expected = expected
        self._seed = seed
        self._every_s = 1 / per_second
        self._numbers = itertools.count(1)
        self._guard = threading.Lock()

    @contextmanager
    def measured(self) -> Iterator[Figures]:
        """Traffic for as long as the block runs; the figures are whole when it ends."""
        figures, over = Figures(), threading.Event()
        thread = threading.Thread(target=self._run, args=(figures, over), name="live")
        thread.start()
        try:
            yield figures
        finally:
            over.set()
            thread.join()

    def _run(self, figures: Figures, over: threading.Event) -> None:
        due = time.monotonic()
        with ThreadPoolExecutor(CALLERS) as callers:
            while not over.wait(max(0.0, due - time.monotonic())):
                number = next(self._numbers)
                callers.submit(self._call, figures, number, due)
                due += self._every_s

    def _call(self, figures: Figures, number: int, due: float) -> None:
        chance = random.Random(f"{self._seed}/{number}")  # noqa: S311 - reproducible on purpose
        kind, member = MIX[number % len(MIX)], chance.choice(self._members)
        try:
            # Points are reserved when goods are added up and taken when they are paid for: two answers are waited for.
            for step in getattr(self, f"_{kind}")(number, member):
                figures.seconds[step].append(time.monotonic() - due)
                due = time.monotonic()
        except Exception as error:  # noqa: BLE001 - reported, and the test fails on it
            figures.failed.append(f"{kind} {number}: {error!r}")

    def _intake(self, number: int, member: Member) -> Iterator[str]:
        receipt = _receipt(f"L{number}", member, SOLD_MINOR)
        answer = self._post("/stores/v1/receipts", {"receipts": [receipt]})
        assert answer.json()["counts"]["recorded"] == 1, answer.text
        with self._guard:
            self._expected.sold(member.customer_id, SOLD_MINOR)
            self._expected.acknowledged.add(UUID(answer.json()["results"][0]["receipt_id"]))
        yield "intake"

    def _balance(self, _number: int, member: Member) -> Iterator[str]:
        self._answered(self._serving.client.get(self._serving.url(f"/loyalty/v1/accounts/{member.customer_id}")))
        yield "balance"

    def _redemption(self, number: int, member: Member) -> Iterator[str]:
        redemption_id = str(derived_id("live", self._seed, number))
        wanted = {"redemption_id": redemption_id, "customer_id": str(member.customer_id), "points": 1}
        self._post("/loyalty/v1/redemptions", wanted)
        yield "redemption"
        self._post(f"/loyalty/v1/redemptions/{redemption_id}/confirm", None)
        with self._guard:
            self._expected.redeemed(member.customer_id, 1)
        yield "confirmation"

    def _post(self, path: str, body: Any) -> httpx2.Response:
        return self._answered(self._serving.client.post(self._serving.url(path), json=body))

    def _answered(self, answer: httpx2.Response) -> httpx2.Response:
        assert answer.is_success, f"{answer.status_code} {answer.text[:200]}"
        return answer
