"""Every behaviour suite runs on each log: a log joins by adding its operations to `LOGS`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from shared.messaging.log import EventLog
from tests.behaviours.logs import KafkaOperations, Operations, PostgresOperations
from tests.conftest import Database

_numbers = itertools.count(1)

LOGS: dict[str, Callable[[pytest.FixtureRequest, Database], Operations]] = {
    "postgres": lambda _request, database: PostgresOperations(database),
    "kafka": lambda request, _database: KafkaOperations(
        request.getfixturevalue("kafka").bootstrap_servers,
        f"t{next(_numbers)}.",
    ),
}


@pytest.fixture(params=LOGS)
def operate(request: pytest.FixtureRequest, database: Database) -> Iterator[Operations]:
    operations = LOGS[request.param](request, database)
    yield operations
    operations.close()


@pytest.fixture
def event_log(operate: Operations) -> EventLog:
    return operate.make()
