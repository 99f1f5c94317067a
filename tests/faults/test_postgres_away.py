"""PostgreSQL stops at once, lets nobody in, or ends transactions in favour of others: all of it passes without hands.

Each beside load, and held against a twin to which nothing happened.
"""

from __future__ import annotations

import os
import random
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from shared.testing.waiting import until
from tests.support.auditing import audit_all, figures
from tests.support.cluster import cluster
from tests.support.processes import SERVICES, Processes
from tests.support.proof import WHOLE, seeds
from tests.support.twins import assert_told_to_come_again, play, twin
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.database.embedded import EmbeddedPostgres
    from tests.conftest import Database
    from tests.support.proof_keeping import Proof

SEEDS = seeds(slice=(2,), whole=range(1, 6))
TWIN = "figures equal to a fault-free twin's"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())


@contextmanager
def played_beside(processes: Processes, world: World) -> Iterator[list[int]]:
    """The world is played while the body runs; the list grows with every request that was answered."""
    answered: list[int] = []
    failed: list[BaseException] = []

    def send() -> None:
        try:
            answered.extend(processes.send(step).status_code for step in world.steps)
        except BaseException as error:  # noqa: BLE001 - shown below
            failed.append(error)

    sender = threading.Thread(target=send, name="sender")
    sender.start()
    try:
        yield answered
    finally:
        sender.join(120)
    assert failed == []
    assert {status // 100 for status in answered} == {2}
    processes.settle()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.timeout(240)
def test_an_immediate_stop_under_load(postgres: EmbeddedPostgres, tmp_path: Path, proof: Proof, seed: int) -> None:
    expected = twin(postgres, tmp_path, seed)
    world, chance = World(seed), random.Random(seed)  # noqa: S311 - reproducible on purpose
    moments = sorted(chance.sample(range(3, len(world.steps)), k=4 if WHOLE else 2))
    with cluster() as server:
        database = server.migrated()
        with Processes(database, tmp_path) as processes:
            with played_beside(processes, world) as answered:
                for moment in moments:
                    until(lambda at=moment: len(answered) >= at, timeout_s=60, what="the load to go on")  # type: ignore[misc]
                    server.stop("immediate")
                    server.start()
            assert processes.deaths == 0, "everybody waits for the database"
        assert figures(database) == expected
        invariants = audit_all(database, database.log())
        database.engines.close()
    proof(
        "PostgreSQL stopped at once under load, and started again",
        case="4",
        promises=("P1", "P2"),
        seeds=[seed],
        invariants=(TWIN, *invariants),
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.timeout(240)
def test_no_connection_is_to_be_had(
    postgres: EmbeddedPostgres,
    database: Database,
    tmp_path: Path,
    proof: Proof,
    seed: int,
) -> None:
    expected = twin(postgres, tmp_path, seed)
    world = World(seed)
    half = len(world.steps) // 2
    with Processes(database, tmp_path) as processes:
        for step in world.steps[:half]:
            assert processes.send(step).is_success
        with nobody_let_in(database):
            refused = processes.client.post(world.steps[half].path, json=world.steps[half].body)
            assert_told_to_come_again(refused)
            assert processes.client.get(f"http://127.0.0.1:{processes.port}/livez").status_code == 200
            assert processes.client.get(f"http://127.0.0.1:{processes.port}/readyz").status_code == 503
            until(lambda: "relay_waits" in (tmp_path / "worker.log").read_text(), what="the worker to wait")
        play(processes, world)
        assert processes.deaths == 0, "everybody waits for the database"
    assert figures(database) == expected
    proof(
        "PostgreSQL's limit of connections reached",
        case="4",
        promises=("P1", "P2"),
        seeds=[seed],
        invariants=(TWIN, "503 with Retry-After, nothing kept", *audit_all(database, database.log())),
    )


@contextmanager
def nobody_let_in(database: Database) -> Iterator[None]:
    """Every role has as many connections as it may: none, and those that are open end."""
    roles = [f"regulars_{name}" for name in (*SERVICES, "log")]
    superuser = database.superuser().execution_options(isolation_level="AUTOCOMMIT")
    with superuser.connect() as connection:
        try:
            for role in roles:
                connection.execute(text(f"alter role {role} connection limit 0"))
            connection.execute(
                text("select pg_terminate_backend(pid) from pg_stat_activity where usename = any(:roles)"),
                {"roles": roles},
            )
            yield
        finally:
            for role in roles:
                connection.execute(text(f"alter role {role} connection limit -1"))


LOST_RACES = """
create sequence {service}.races;
grant usage on sequence {service}.races to public;
create function {service}.lose_races() returns trigger language plpgsql as $$
declare n bigint := nextval('{service}.races');
begin
  -- Four in a row are more than a request tries by itself; a third of the rest, for a while.
  if n <= 4 or (n % 3 = 0 and n < 100) then
    raise exception 'lost' using errcode = case when n % 2 = 0 then '40001' else '40P01' end;
  end if;
  return null;
end $$;
create trigger lose_races before insert on {service}.events
  for each statement execute function {service}.lose_races();
create trigger lose_races before update on {service}.consumer_offsets
  for each statement execute function {service}.lose_races();
"""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.timeout(240)
def test_deadlocks_and_serialisation_failures(
    postgres: EmbeddedPostgres,
    database: Database,
    tmp_path: Path,
    proof: Proof,
    seed: int,
) -> None:
    expected = twin(postgres, tmp_path, seed)
    with database.superuser().begin() as connection:
        for service in SERVICES:
            connection.execute(text(LOST_RACES.format(service=service)))
    with Processes(database, tmp_path) as processes:
        play(processes, World(seed))
        assert processes.deaths == 0
    with database.superuser().begin() as connection:
        for service in SERVICES:
            lost = connection.scalar(text(f"select last_value from {service}.races"))
            assert lost > 8, f"{service} has lost {lost} races"
    assert figures(database) == expected
    proof(
        "deadlocks and serialisation failures, also four in a row",
        case="4",
        promises=("P1", "P2"),
        seeds=[seed],
        invariants=(TWIN, *audit_all(database, database.log())),
    )
