"""A consumer comes back to a long backlog: its memory does not grow with it, and nobody who calls notices.

The services run as a chain runs them: who answers callers is a process apart from who catches up, on the same machine.
Every figure is held against sums that the generator made one by one.
"""

from __future__ import annotations

from contextlib import ExitStack
from itertools import islice
from typing import TYPE_CHECKING

import psutil
import pytest

from shared.testing.waiting import until
from tests.support.auditing import audit_all
from tests.support.kafka import own_topics
from tests.support.live import Live, open_for_business
from tests.support.load import Expected, members, sales
from tests.support.proof import WHOLE
from tests.support.serving import PARTS, Memory, Serving

if TYPE_CHECKING:
    from pathlib import Path

    from services.kafka_local import LocalKafka
    from tests.conftest import Database
    from tests.support.proof_keeping import Proof

SEED = 8
BACKLOG = 1_000_000 if WHOLE else 4_000
MEMBERS = BACKLOG // 10 if WHOLE else BACKLOG
LIVE_MEMBERS = 200
LIVE_PER_SECOND = 20.0
PUBLISH = 5_000
MEMORY_MIB_MAX = 250
CATCH_UP_S_MAX = 5_400 if WHOLE else 120
CATCHING_UP = ("loyalty", "segmentation")


@pytest.mark.timeout(7_200 if WHOLE else 300)
def test_a_backlog_leaves_memory_flat_and_live_callers_unharmed(
    database: Database, kafka: LocalKafka, tmp_path: Path, proof: Proof
) -> None:
    with ExitStack() as stack:
        topics = stack.enter_context(own_topics(kafka))
        serving = stack.enter_context(Serving(database, tmp_path, topics))
        expected, known = Expected(), members(SEED, MEMBERS)
        callers = known[:LIVE_MEMBERS]
        open_for_business(serving, callers, expected)
        live = Live(serving, callers, expected, seed=SEED, per_second=LIVE_PER_SECOND)
        with live.measured() as alone:
            until(lambda: alone.enough, timeout_s=120, what="live traffic alone")
        serving.settle()

        serving.stop("background", *CATCHING_UP)
        records = sales(SEED, [member.customer_id for member in known], expected, BACKLOG)
        while batch := list(islice(records, PUBLISH)):
            assert serving.log.publish(batch) == []
        serving.start("background", *CATCHING_UP)
        niceness = {part: psutil.Process(serving.pid("loyalty", part)).nice() for part in PARTS}
        assert niceness["background"] > niceness["api"], "whoever answers nobody gives way"
        with (
            Memory([serving.pid(service, "background") for service in CATCHING_UP]) as memory,
            live.measured() as beside,
        ):
            serving.catch_up(CATCH_UP_S_MAX)
            until(lambda: beside.enough, timeout_s=120, what="live calls enough")
        serving.settle()

        assert alone.failed + beside.failed == []
        for peak in map(max, memory.mib):
            assert peak <= MEMORY_MIB_MAX
        if WHOLE:
            # A slice runs beside whatever else the machine does, and its times say nothing.
            beside.assert_unharmed(alone)
        expected.check(database)
        invariants = audit_all(database, serving.log, acknowledged=expected.acknowledged)
    proof(
        fault=f"a backlog of {BACKLOG:,} records",
        case="8",
        promises=("P1", "P2"),
        seeds=[SEED],
        invariants=(
            *invariants,
            f"memory <= {MEMORY_MIB_MAX} MiB",
            *(["p95 of live calls"] if WHOLE else []),
            "the generator's own sums",
        ),
        note=f"alone {alone}; catching up {beside}; peak {[round(max(mib)) for mib in memory.mib]} MiB",
    )
