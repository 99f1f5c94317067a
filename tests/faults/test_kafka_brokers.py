"""Brokers are killed under load: the leader, all of them at once; and one runs out of disk."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient

from services.kafka_local import LocalKafka
from shared.testing.waiting import until
from tests.support.auditing import audit_all, figures
from tests.support.fleet import Fleet, steps_of
from tests.support.kafka import own_topics
from tests.support.proof import WHOLE, seeds, whole_only
from tests.support.tools import tool
from tests.support.twins import twin
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.database.embedded import EmbeddedPostgres
    from shared.messaging.kafka_settings import KafkaSettings
    from tests.conftest import Database
    from tests.support.proof_keeping import Proof

KILLED = 4
AWAY_S = 120 if WHOLE else 10
SEEDS = seeds(slice=(1,), whole=range(1, 4))
DISK_MIB = 192
FULL_S_MAX = 60.0


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())


def leader(topics: KafkaSettings) -> int:
    """The broker that leads most partitions of the sales."""
    with KafkaAdminClient(bootstrap_servers=topics.bootstrap_servers) as admin:
        [described] = admin.describe_topics([topics.physical("stores.sales.v1")])
    return Counter(partition["leader_id"] for partition in described["partitions"]).most_common(1)[0][0]


@contextmanager
def killed(kafka: LocalKafka, *numbers: int) -> Iterator[None]:
    """Brokers are gone, all at the same moment, as by kill -9; they come back at the end."""
    for number in numbers:
        os.kill(kafka.pids[number], signal.SIGKILL)
    try:
        yield
    finally:
        until(lambda: not kafka.pids.keys() & set(numbers), what="them to be gone")
        kafka.revive()


@whole_only  # in a slice the leader dies with all the others, below, and alone under the log's own tests
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("environment")
def test_a_leader_that_is_killed_under_load_takes_nothing_with_it(
    *,
    database: Database,
    postgres: EmbeddedPostgres,
    kafka_trio: LocalKafka,
    tmp_path: Path,
    proof: Proof,
    seed: int,
) -> None:
    expected = twin(postgres, tmp_path, seed)
    tills, members = steps_of(World(seed))
    flowing_s = []
    with own_topics(kafka_trio, copies=3) as topics, Fleet(database, tmp_path, kafka=topics) as fleet:
        load = fleet.load(tills, lasting_s=60 * KILLED)
        for _ in range(KILLED):
            load.more(5)
            with killed(kafka_trio, leader(topics)):
                began = time.monotonic()
                load.more(5)
                flowing_s.append(fleet.caught_up_s(began))
        load.finish()
        fleet.load(members, lasting_s=1).finish()
        fleet.settle()
        held = audit_all(database, fleet.log, acknowledged=fleet.acknowledged)
        assert figures(database) == expected
        assert fleet.deaths == 0
    proof(
        "the leading broker of three killed",
        case="3",
        promises=("P1",),
        seeds=[seed],
        invariants=(*held, "figures of a twin"),
        note=f"{KILLED} times; records flow again after {max(flowing_s):.0f} s at most, with two brokers",
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.timeout(900 if WHOLE else 300)
@pytest.mark.usefixtures("environment")
def test_while_every_broker_is_away_receipts_are_taken_and_wait_in_the_outbox(
    *,
    database: Database,
    postgres: EmbeddedPostgres,
    kafka_trio: LocalKafka,
    tmp_path: Path,
    proof: Proof,
    seed: int,
) -> None:
    expected = twin(postgres, tmp_path, seed)
    tills, members = steps_of(World(seed))
    with own_topics(kafka_trio, copies=3) as topics, Fleet(database, tmp_path, kafka=topics) as fleet:
        load = fleet.load(tills, lasting_s=2 * AWAY_S)
        load.more(5)
        with killed(kafka_trio, *kafka_trio.pids):
            began, waited, taken = time.monotonic(), fleet.waiting(), load.sent
            until(lambda: time.monotonic() - began > AWAY_S, timeout_s=AWAY_S + 1, what="the brokers' absence")
            load.more(1)
            assert fleet.waiting() > waited
            waited, taken = fleet.waiting(), load.sent - taken
        flowing_s = fleet.caught_up_s(time.monotonic())
        load.finish()
        fleet.load(members, lasting_s=1).finish()
        fleet.settle()
        held = audit_all(database, fleet.log, acknowledged=fleet.acknowledged)
        assert figures(database) == expected
        assert fleet.deaths == 0
    proof(
        "every broker killed at once",
        case="3",
        promises=("P1",),
        seeds=[seed],
        invariants=(*held, "figures of a twin", "receipts are taken meanwhile", "the outbox grows and drains"),
        note=f"away for {AWAY_S} s, {taken} requests taken, {waited} rows waited; drained and handled {flowing_s:.0f} s"
        f" after Kafka served again; the slowest answer took {load.longest_s:.1f} s",
    )


@whole_only
@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system can be mounted by root only")
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("environment")
def test_a_broker_whose_disk_is_full_ends_and_comes_back_when_there_is_room(
    *,
    database: Database,
    postgres: EmbeddedPostgres,
    tmp_path: Path,
    proof: Proof,
) -> None:
    folder = tmp_path / "kafka"
    with small_disk(folder / "broker-3" / "data") as disk, LocalKafka(folder, 3) as kafka:
        expected = twin(postgres, tmp_path, 1)
        tills, members = steps_of(World(1))
        with own_topics(kafka, copies=3) as topics, Fleet(database, tmp_path, kafka=topics) as fleet:
            load = fleet.load(tills, lasting_s=120)
            load.more(5)
            filler = disk / "filler"
            fill(filler)
            began = time.monotonic()
            until(lambda: 3 not in kafka.pids, timeout_s=FULL_S_MAX, what="the broker to end")
            ended_s = time.monotonic() - began
            load.more(5)
            flowing_s = fleet.caught_up_s(began)
            filler.unlink()
            assert kafka.revive() == [3], "with room it comes back, and holds what the others hold"
            load.finish()
            fleet.load(members, lasting_s=1).finish()
            fleet.settle()
            held = audit_all(database, fleet.log, acknowledged=fleet.acknowledged)
            assert figures(database) == expected
            assert fleet.deaths == 0
    proof(
        "the disk of one broker of three is full",
        case="3",
        promises=("P1",),
        seeds=[1],
        invariants=(*held, "figures of a twin"),
        note=f"Kafka ends the broker after {ended_s:.0f} s; records flow again after {flowing_s:.0f} s, with two"
        " brokers; it comes back when there is room",
    )


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own."""
    folder.mkdir(parents=True)
    subprocess.run([tool("mount"), "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run([tool("umount"), folder], check=True)


def fill(file: Path) -> None:
    """Takes all the room there is."""
    with file.open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(1024 * 1024)):
                pass
        except OSError:
            return
