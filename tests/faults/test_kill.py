"""kill -9 at every named point: the figures end as if nothing had happened, and the auditor finds nothing.

Each case is held against a twin: the same seed, the same requests, no kill.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.support.jobs import run_job
from tests.support.playing import LATER, ended, let_time_pass, send_all, small_world
from tests.support.processes import business_time
from tests.support.proof import seeds, whole_only
from tests.support.rebuilds import all_read_models, rebuild

if TYPE_CHECKING:
    from tests.faults.conftest import Start, TwinOf
    from tests.support.proof_keeping import Proof

POINTS = {
    "intake.before_append": "api",
    "intake.before_commit": "api",
    "intake.after_commit": "api",
    "consumer.before_claim": "worker",
    "consumer.before_append": "worker",
    "projection.before_table": "worker",
    "consumer.before_commit": "worker",
    "consumer.after_commit": "worker",
    "relay.before_publish": "worker",
    "relay.after_publish": "worker",
    "log.before_commit": "worker",
}
ON_KAFKA = [point for point in POINTS if point.startswith(("consumer", "relay"))]
JOBS = ("loyalty.expire_points", "loyalty.expire_reservations", "segmentation.sweep", "stores.waiting_receipts")
PASSES = 6
"""A world passes each point at least as often."""


def passing(seed: int, point: str) -> str:
    """To be killed early, in the middle or late: at a pass that differs by seed and point."""
    return f"{point}:kill@{1 + (seed + len(point)) % PASSES}"


@pytest.mark.parametrize("seed", seeds(slice=[1]))
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.timeout(300)
def test_killed_anywhere_it_ends_with_the_same_figures(
    start: Start, twin_of: TwinOf, proof: Proof, point: str, seed: int
) -> None:
    twin = twin_of(seed)
    with start({POINTS[point]: passing(seed, point)}) as processes:
        send_all(processes, small_world(seed).steps)
        end = ended(processes)
    assert end.deaths == 1, f"a process was to die at {point}"
    assert end.figures == twin.end
    proof(f"kill -9 at {point}", case="1", promises=("P1", "P2", "P3"), seeds=[seed], invariants=end.invariants)


@whole_only
@pytest.mark.parametrize("seed", seeds(whole=(1, 2, 3)))
@pytest.mark.parametrize("point", ON_KAFKA)
@pytest.mark.timeout(300)
def test_killed_anywhere_on_kafka_it_ends_with_the_same_figures(
    start_on_kafka: Start, twin_of: TwinOf, proof: Proof, point: str, seed: int
) -> None:
    twin = twin_of(seed)
    with start_on_kafka({"worker": passing(seed, point)}) as processes:
        send_all(processes, small_world(seed).steps)
        end = ended(processes)
    assert end.deaths == 1, f"a process was to die at {point}"
    assert end.figures == twin.end
    promises = ("P1", "P2", "P3")
    proof(f"kill -9 at {point}, on Kafka", case="1", promises=promises, seeds=[seed], invariants=end.invariants)


@pytest.mark.parametrize("seed", seeds(slice=[1]))
@pytest.mark.timeout(300)
def test_killed_before_a_job_is_noted_as_done_it_is_done_once(
    start: Start, twin_of: TwinOf, proof: Proof, seed: int
) -> None:
    twin = twin_of(seed)
    with start() as processes:
        send_all(processes, small_world(seed).steps)
        processes.settle()
        later = processes.environment | business_time(LATER)
        for job in JOBS:
            assert run_job(job, later, "scheduler.before_finish:kill") == -signal.SIGKILL
        let_time_pass(processes)
        end = ended(processes)
    assert end.figures == twin.later
    fault = "kill -9 at scheduler.before_finish of every job, while reservations and points expire"
    proof(fault, case="1", promises=("P2", "P3"), seeds=[seed], invariants=end.invariants)


@pytest.mark.parametrize("seed", seeds(slice=[1]))
@pytest.mark.parametrize("point", ["rebuild.after_page", "rebuild.before_switch"])
@pytest.mark.timeout(300)
def test_a_rebuild_that_is_killed_leaves_the_live_tables_and_can_be_run_again(
    start: Start, twin_of: TwinOf, proof: Proof, point: str, seed: int
) -> None:
    twin, steps = twin_of(seed), small_world(seed).steps
    with start() as processes:
        send_all(processes, steps[: len(steps) // 2])
        names = all_read_models(processes)
        name = names[(seed + len(point)) % len(names)]
        assert rebuild(processes, name, f"{point}:kill").code == -signal.SIGKILL
        send_all(processes, steps[len(steps) // 2 :])
        again = rebuild(processes, name)
        assert again.code == 0, again.stdout + again.stderr
        end = ended(processes)
    assert end.figures == twin.end
    invariants = (*end.invariants, "rebuilt to equal rows")
    proof(f"kill -9 at {point}", case="1", promises=("P2", "P5"), seeds=[seed], invariants=invariants)
