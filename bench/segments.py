"""How long a sale takes to change a membership, at a steady rate, over the whole distributed system.

Each round defines a segment of its own, of everybody who bought a product lately, and no member buys it twice: each
sale brings its buyer in. A sale's time is from the moment when its request was due until the membership was written
(`memberships.since`, a few milliseconds before the commit, with which it is told). Requests leave on a schedule whether
or not earlier ones were answered; the senders share the machine with everything else. The fourteen named segments are
kept beside it, as in every chain, and so are the segments of earlier rounds.
"""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measuring import Sample, in_turn
from bench.selling import Tills, noticed, quantiles
from services.distributed import DistributedSystem
from shared.testing.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.measuring import Options

RATES = (100, 500)
WARM_RATE = 100
COMPUTED_S_MAX = 60.0


def run(options: Options) -> Iterator[Sample]:
    """Every rate on one system that goes on running."""
    seconds = options.size(8, 4)
    members = max(RATES) * seconds
    with (
        tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder,
        DistributedSystem(Path(folder) / "data") as system,
    ):
        entering = Entering(system, members)
        entering.took(WARM_RATE, members / WARM_RATE)
        yield from in_turn(options, {f"enter-{rate}": partial(entering.measured, rate, seconds) for rate in RATES})


class Entering:
    """Tills that sell, and who came into a segment by it."""

    def __init__(self, system: DistributedSystem, members: int) -> None:
        self._tills = Tills(system, members)
        self._tills.prepare()
        self._engine = system.engine("segmentation")

    def measured(self, rate: int, seconds: float) -> Iterable[Sample]:
        """One round at one rate."""
        yield from quantiles(f"sale to segment: {rate:,} sales/s", "regulars", self.took(rate, seconds))

    def took(self, rate: float, seconds: float) -> list[float]:
        """How long each sale took until its buyer was in, in seconds."""
        code = f"r{time.time_ns()}"
        rule = {"kind": "purchases", "measure": "receipts", "window_days": 30, "products": [code], "min": 1}
        self._tills.post("segmentation", "segments", {"code": code, "name": code, "rule": rule})
        until(lambda: self._computed(code), timeout_s=COMPUTED_S_MAX, what=f"segment {code}")
        sold = self._tills.sell(code, rate, seconds)
        found = noticed(
            self._engine,
            "select customer_id, extract(epoch from since)::float8 from memberships"
            " where segment = %(segment)s and inside",
            {"segment": code},
            len(sold),
        )
        return [found[receipt.customer_id] - receipt.due for receipt in sold]

    def _computed(self, code: str) -> bool:
        return bool(self._tills.get("segmentation", f"segments/{code}")["computation"]["finished"])
