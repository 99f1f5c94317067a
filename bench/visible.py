"""How long a receipt takes from the till's request to its points, at a steady rate, over the whole distributed system.

A receipt's time is from the moment when its request was due until `loyalty` recorded its points
(`events.recorded_at`, a few milliseconds before the commit); both clocks are this machine's. Requests leave on a
schedule whether or not earlier ones were answered; the senders share the machine with everything else. Beside it Kafka
alone: a record produced and seen by a consumer.
"""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measuring import Sample, in_turn
from bench.processes import Subject
from bench.selling import Tills, noticed, quantiles
from services.distributed import DistributedSystem
from shared.contracts.stores import SALES_TOPIC
from shared.messaging.kafka_settings import KafkaSettings
from shared.messaging.topics_kafka import apply_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.measuring import Options

RATES = (100, 500, 1_000)
MEMBERS = 1_000
WARM_RATE, WARM_S = 50, 8


def run(options: Options) -> Iterator[Sample]:
    """Every rate on one system that goes on running, and Kafka alone on the same broker."""
    seconds = options.size(8, 4)
    with (
        tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder,
        DistributedSystem(Path(folder) / "data") as system,
    ):
        visible = Visible(system)
        visible.points(WARM_RATE, WARM_S)
        subjects = {}
        for rate in RATES[:2] if options.quick else RATES:
            subjects[f"points-{rate}"] = partial(visible.measured, rate, seconds)
            subjects[f"kafka-{rate}"] = partial(_round_trip, system, Path(folder), rate, seconds)
        yield from in_turn(options, subjects)


class Visible:
    """Tills that sell, and what `loyalty` made of it."""

    def __init__(self, system: DistributedSystem) -> None:
        self._tills = Tills(system, MEMBERS)
        self._tills.prepare()
        self._engine = system.engine("loyalty")

    def measured(self, rate: int, seconds: float) -> Iterable[Sample]:
        """One round at one rate."""
        yield from quantiles(_measure(rate), "regulars", self.points(rate, seconds))

    def points(self, rate: float, seconds: float) -> list[float]:
        """How long each receipt took until its points, in seconds."""
        sold = self._tills.sell(f"R{time.time_ns()}", rate, seconds)
        found = noticed(
            self._engine,
            "select (data->>'receipt_id')::uuid, extract(epoch from recorded_at)::float8 from events"
            " where type = 'points_earned' and recorded_at >= to_timestamp(%(began)s)",
            {"began": min(receipt.due for receipt in sold)},
            len(sold),
        )
        return [found[receipt.receipt_id] - receipt.due for receipt in sold]


def _measure(rate: int) -> str:
    return f"sale to points: {rate:,} sales/s"


def _round_trip(system: DistributedSystem, folder: Path, rate: int, seconds: float) -> Iterable[Sample]:
    # Topics of its own, of the same shape, on the same broker.
    topics = KafkaSettings(bootstrap_servers=system.bootstrap_servers, topic_prefix="bench.")
    apply_catalogue(topics)
    where = topics.bootstrap_servers, topics.physical(SALES_TOPIC)
    arguments = ["bench.subjects.round_trip", *where, rate, seconds]
    with Subject(arguments, folder / f"round-trip-{rate}.log") as subject:
        subject.wait()
        told = next(subject.said("done"))
    for quantile in (50, 99):
        yield Sample(_measure(rate), "limit: bare Kafka round trip", f"ms, p{quantile}", told[f"p{quantile}"])
