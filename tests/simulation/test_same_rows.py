"""The database in memory against the real one: the same calls and records leave the same rows in every table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import text

from shared.database.migrate import application_role
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition
from shared.messaging.parking import list_parked
from shared.messaging.redrive import redrive
from shared.messaging.relay import Relay
from shared.runtime.scheduler import run_if_due
from tests.conftest import Database
from tests.simulation import world as worlds
from tests.simulation.log import PARTITIONS
from tests.simulation.schema import Row, shapes
from tests.simulation.services import Services, key_folder, services, wire
from tests.simulation.world import World

# When a row was written differs, and which number a sequence gave to it where transactions were rolled back.
_OUR_OWN = {"recorded_at", "claimed_at", "moved_at", "parked_at", "refused_at", "finished_at", "created_at", "metadata"}
_IGNORED = {"member_token_key_check", "audit_log", "audit_log_head"}
ROUNDS = 12


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_calls_leave_the_same_rows(database: Database, seed: int) -> None:
    simulated = _played(seed, services(), lambda world: world.database.rows)
    with _real(database) as real:
        stored = _played(seed, real, lambda _: lambda service, table: _stored(database, service, table))
    for service in ("stores", "loyalty"):
        for table in shapes(service).keys() - _IGNORED:
            assert simulated[service, table] == stored[service, table], f"{service}.{table}"
    assert len(simulated["loyalty", "ledger_entries"]) > 10
    assert simulated["stores", "quarantine"] or seed != 1


Rows = dict[tuple[str, str], list[str]]


def _played(seed: int, built: Services, rows_of: Callable[[World], Callable[[str, str], list[Row]]]) -> Rows:
    """One scenario without faults and without any overlap, by the hands of the simulation's own people."""
    with mock.patch.object(worlds, "services", return_value=built):
        world = World(seed)
    world.chaos.weather.clear_up()
    try:
        for n in range(ROUNDS):
            _round(world)
            world.healed = n > ROUNDS // 2
        _redrive_all(world)
        rows = rows_of(world)
        return {(s, t): _comparable(rows(s, t)) for s in ("stores", "loyalty") for t in shapes(s) if t not in _IGNORED}
    finally:
        world.close()


def _round(world: World) -> None:  # noqa: C901 - everything once, in order
    """Each till does what it thinks of; then everything is told and handled, once."""
    for till in world.tills:
        till.think_of_something()
        while till.asks:
            till.ask(till.asks[0])
    while not world.registration.done:
        world.registration.tell_next()
    for _ in range(3):
        for service in world.services.all:
            with service.engine.connect() as leadership:
                while Relay(service.name, service.engine, world.log).step(leadership):
                    pass
            for consumer in world.consumers(service):
                reader = BatchReader(service.engine, consumer, world.log)
                places = dict(
                    reader.positions([TopicPartition(t, p) for t in consumer.topics for p in range(PARTITIONS)])
                )
                while records := world.log.fetch(places, consumer.batch_size_max):
                    places.update(reader.handle(records))
    for service in world.services.all:
        for job in service.jobs:
            run_if_due(job, service.engine, world.now().date())
    world.pass_time(timedelta(days=9))


def _redrive_all(world: World) -> None:
    for service in world.services.all:
        for consumer in world.consumers(service):
            with service.engine.begin() as connection:
                parked = list_parked(connection, consumer.name)
            for row in parked:
                redrive(service.engine, consumer, world.log, row.id)


def _comparable(rows: list[Row]) -> list[str]:
    return sorted(
        str({name: _plain(value) for name, value in sorted(row.items()) if name not in _OUR_OWN}) for row in rows
    )


def _plain(value: Any) -> Any:
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, list):
        return tuple(value)
    return value.timestamp() if hasattr(value, "timestamp") else value


def _stored(database: Database, service: str, table: str) -> list[Row]:
    columns = ", ".join(
        f'"{name}"::text as "{name}"' if type_ == "json" else f'"{name}"'
        for name, type_ in shapes(service)[table].types.items()
    )
    with database.owner_engine(service).begin() as connection:
        return [dict(row) for row in connection.execute(text(f"select {columns} from {table}")).mappings()]


@contextmanager
def _real(database: Database) -> Iterator[Services]:
    built = wire(lambda service: database.url(application_role(service)), key_folder())
    try:
        yield built
    finally:
        built.forget_connections()
