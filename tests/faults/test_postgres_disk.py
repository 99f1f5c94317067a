"""The database's disk is full: what comes is refused cleanly, nothing is half there, and room is all that it takes.

Where the data lie, and where the log of writes lies: without room for the second, PostgreSQL stops by itself.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from tests.support.auditing import audit_all, figures
from tests.support.cluster import cluster, small_disk
from tests.support.processes import Processes
from tests.support.proof import seeds, whole_only
from tests.support.twins import assert_told_to_come_again, play, twin
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.database.embedded import EmbeddedPostgres
    from tests.support.proof_keeping import Proof
    from tests.support.world import Step

DISK_MIB = {"data": 128, "log of writes": 48}
REFUSALS = 3


@pytest.mark.parametrize("full", ["log of writes", pytest.param("data", marks=whole_only)])
@pytest.mark.parametrize("seed", seeds(slice=(2,), whole=(1, 2, 3)))
@pytest.mark.timeout(240)
def test_the_disk_of_the_database_is_full(  # noqa: PLR0917 - fixtures
    postgres: EmbeddedPostgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    proof: Proof,
    full: str,
    seed: int,
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    expected = twin(postgres, tmp_path, seed)
    world = World(seed)
    with ExitStack() as parts:
        disk = parts.enter_context(small_disk(DISK_MIB[full]))
        place = disk / "place"
        on_disk = {"data": place} if full == "data" else {"wal": place}
        server = parts.enter_context(cluster(**on_disk))
        database = server.migrated()
        with Processes(database, tmp_path) as processes:
            steps = iter(world.steps)
            for step in islice(steps, len(world.steps) // 3):
                assert processes.send(step).is_success
            fill(disk)
            send_until_refused(processes, steps)
            (disk / "ballast").unlink()
            if not server.running:
                # What the runbook says, and what a container's restart policy does.
                server.start()
            play(processes, world)
            assert processes.deaths == 0, "everybody waits for room"
        assert figures(database) == expected
        invariants = audit_all(database, database.log())
        database.engines.close()
    proof(
        f"the disk with PostgreSQL's {full} full",
        case="12",
        promises=("P1", "P2"),
        seeds=[seed],
        invariants=("503 with Retry-After, nothing half done", "figures equal to a fault-free twin's", *invariants),
    )


def fill(disk: Path) -> None:
    """Leaves no room on the disk."""
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        for piece in (1 << 20, 1 << 12):
            with suppress(OSError):
                while ballast.write(bytes(piece)) == piece:
                    pass


def send_until_refused(processes: Processes, steps: Iterator[Step]) -> None:
    """Requests go in until one is refused again and again: there is a little room in pages and segments that exist."""
    for step in steps:
        for _ in range(REFUSALS):
            answer = processes.client.post(step.path, json=step.body)
            if answer.is_success:
                break
            assert_told_to_come_again(answer)
        else:
            return
    raise AssertionError("everything went in: the disk was not full")
