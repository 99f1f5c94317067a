"""The event logs that the behaviour suites run on. A log joins by adding itself to `LOGS`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.messaging.log import EventLog
from tests.conftest import Database

LOGS: dict[str, Callable[[Database], EventLog]] = {"postgres": lambda database: database.log()}


@pytest.fixture(params=LOGS)
def event_log(request: pytest.FixtureRequest, database: Database) -> EventLog:
    return LOGS[request.param](database)
