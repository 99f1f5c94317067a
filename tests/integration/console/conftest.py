"""The console on its own fresh database, told of by whatever a test makes up."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from services.console.bootstrap import build
from services.console.settings import ConsoleSettings
from tests.support.access import client
from tests.support.chain_news import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi.testclient import TestClient

    from shared.contracts.base import IntegrationEvent
    from shared.runtime.service import Service
    from tests.conftest import Database

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.fixture
def service(database: Database) -> Iterator[Service]:
    built = build(database.settings(ConsoleSettings, business_time=NOW))
    yield built
    built.engine.dispose()


@pytest.fixture
def http(service: Service) -> TestClient:
    return client(service)


@pytest.fixture
def hear(service: Service) -> Callable[..., None]:
    """Every consumer hears of the events, in the order given, as one batch each."""

    def heard(*events: IntegrationEvent) -> None:
        with service.engine.begin() as connection:
            for consumer in service.consumers:
                batches = defaultdict(list)
                for event in events:
                    if event.type in consumer.views:
                        batches[consumer.name].append(message(event, consumer.views))
                for batch in batches.values():
                    consumer.handle(connection, batch, lock=False)

    return heard
