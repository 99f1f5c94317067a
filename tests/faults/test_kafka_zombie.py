"""A worker is frozen (SIGSTOP) and goes on much later (SIGCONT): others have its partitions by then, and it must not
write.

It is frozen in the middle of a batch, at the two worst moments: with a transaction open, which holds the locks of its
offsets; and with records in hand that it read before others took them over.
"""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from shared.testing.waiting import until
from tests.support.auditing import audit_all, figures
from tests.support.fleet import Fleet, steps_of
from tests.support.kafka import own_topics
from tests.support.proof import WHOLE, seeds, whole_only
from tests.support.twins import twin
from tests.support.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from services.kafka_local import LocalKafka
    from shared.database.embedded import EmbeddedPostgres
    from tests.conftest import Database
    from tests.support.proof_keeping import Proof

FROZEN_S = 60 if WHOLE else 12
"""Longer than the session time-out of the tests, twice."""
MOMENTS = {"with a transaction open": "consumer.before_commit", "with records in hand": "consumer.after_commit"}
GROUPS = ("stores.members", "loyalty.customers", "segmentation.customers")
"""Those of which a worker is one member, however many lanes it reads others in."""


@pytest.mark.parametrize("seed", seeds(slice=(1,), whole=range(1, 4)))
@pytest.mark.parametrize("moment", ["with a transaction open", pytest.param("with records in hand", marks=whole_only)])
@pytest.mark.timeout(600 if WHOLE else 180)
def test_a_worker_that_was_frozen_writes_nothing_that_others_have_taken_over(
    *,
    database: Database,
    postgres: EmbeddedPostgres,
    kafka_trio: LocalKafka,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    proof: Proof,
    moment: str,
    seed: int,
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    expected = twin(postgres, tmp_path, seed)
    tills, members = steps_of(World(seed))
    with own_topics(kafka_trio, copies=3) as topics, Fleet(database, tmp_path, kafka=topics) as fleet:
        zombie = fleet.hire("zombie", f"{MOMENTS[moment]}:stop@{3 * seed}")
        until(lambda: all(fleet.members_of(name) == 2 for name in GROUPS), timeout_s=60, what="both to have joined")
        load = fleet.load(tills, lasting_s=3 * FROZEN_S)
        until(lambda: zombie.status() == psutil.STATUS_STOPPED, timeout_s=60, what="one of them to freeze")
        frozen = time.monotonic()
        until(lambda: all(fleet.members_of(name) == 1 for name in GROUPS), timeout_s=60, what="others to take over")
        if moment == "with records in hand":
            # Nobody waits for it. An open transaction holds its locks until it ends, or PostgreSQL ends it.
            load.more(3)
            flowing_s = fleet.caught_up_s(frozen)
        until(lambda: time.monotonic() - frozen > FROZEN_S, timeout_s=FROZEN_S + 1, what="the zombie's hour")
        os.kill(zombie.pid, signal.SIGCONT)
        if moment != "with records in hand":
            flowing_s = fleet.caught_up_s(frozen)
        until(lambda: all(fleet.members_of(name) == 2 for name in GROUPS), timeout_s=90, what="it to join again")
        load.finish()
        fleet.load(members, lasting_s=1).finish()
        fleet.settle()
        held = audit_all(database, fleet.log, acknowledged=fleet.acknowledged)
        assert figures(database) == expected
        assert fleet.deaths == 0
    proof(
        f"a worker frozen {moment}, and let go on when others had its partitions",
        case="2",
        promises=("P1", "P2"),
        seeds=[seed],
        invariants=(*held, "figures of a twin"),
        note=f"frozen for {FROZEN_S} s; records flow again {flowing_s:.0f} s after it froze",
    )
