"""Workers come and go every two seconds: some leave in order, some are killed. No partition stays where it was."""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from itertools import count
from typing import TYPE_CHECKING

import pytest

from shared.testing.waiting import until
from tests.support.auditing import audit_all, figures
from tests.support.fleet import Fleet, steps_of
from tests.support.kafka import own_topics
from tests.support.proof import WHOLE, seeds
from tests.support.twins import twin
from tests.support.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from services.kafka_local import LocalKafka
    from shared.database.embedded import EmbeddedPostgres
    from tests.conftest import Database
    from tests.support.proof_keeping import Proof

LASTING_S = 60 if WHOLE else 12
EVERY_S = 2.0
GUESTS = 3
"""How many are there at once: each stays for so many changes."""


@pytest.mark.parametrize("seed", seeds(slice=(1,), whole=range(1, 4)))
@pytest.mark.timeout(600 if WHOLE else 180)
def test_workers_that_come_and_go_every_two_seconds_lose_and_double_nothing(
    *,
    database: Database,
    postgres: EmbeddedPostgres,
    kafka_trio: LocalKafka,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    proof: Proof,
    seed: int,
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    expected = twin(postgres, tmp_path, seed)
    tills, members = steps_of(World(seed))
    with own_topics(kafka_trio, copies=3) as topics, Fleet(database, tmp_path, kafka=topics) as fleet:
        load = fleet.load(tills, lasting_s=LASTING_S)
        guests, began = deque[str](), time.monotonic()
        for number in count(1):
            due, before = began + number * EVERY_S, shared_out(tmp_path)
            fleet.hire(f"guest-{number}")
            guests.append(f"guest-{number}")
            if len(guests) > GUESTS:
                fleet.dismiss(guests.popleft(), signal.SIGKILL if number % 3 == 0 else signal.SIGTERM)
            # On a busy machine it takes longer to join; who leaves before has changed nothing.
            until(
                lambda: time.monotonic() > due and shared_out(tmp_path) > before,  # noqa: B023 - asked at once
                timeout_s=60,
                what="the next change",
            )
            if time.monotonic() - began > LASTING_S:
                break
        while guests:
            fleet.dismiss(guests.popleft(), signal.SIGTERM)
        load.finish()
        flowing_s = fleet.caught_up_s(time.monotonic())
        fleet.load(members, lasting_s=1).finish()
        fleet.settle()
        held = audit_all(database, fleet.log, acknowledged=fleet.acknowledged)
        assert figures(database) == expected
        assert fleet.deaths == 0
    proof(
        f"workers that come and go every {EVERY_S:.0f} s",
        case="5",
        promises=("P1", "P2"),
        seeds=[seed],
        invariants=(*held, "figures of a twin"),
        note=f"for {LASTING_S} s, each consumer's partitions handed out some {shared_out(tmp_path)} times; caught up"
        f" {flowing_s:.0f} s after the last change",
    )


def shared_out(folder: Path) -> int:
    """How often some worker was given partitions of one consumer."""
    return (folder / "worker.log").read_text().count('"consumer": "loyalty.customers", "partitions"')
