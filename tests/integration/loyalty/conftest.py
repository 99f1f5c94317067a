"""The service on its own fresh database, fed through the real log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.loyalty.bootstrap import build
from services.loyalty.settings import LoyaltySettings
from shared.database.batch import fetch
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition
from tests.support.access import client
from tests.support.sales import DAY, NOON, outgoing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi.testclient import TestClient

    from shared.contracts.base import IntegrationEvent
    from shared.messaging.log_postgres import PostgresLog
    from shared.runtime.service import Finding, Service
    from tests.conftest import Database


class Loyalty:
    """The service as its neighbours meet it: by topics, by HTTP, by time."""

    def __init__(self, database: Database, log: PostgresLog, **settings: Any) -> None:
        self.database, self.log, self._settings = database, log, settings
        self.service: Service
        self.http: TestClient
        self.at(NOON)

    def at(self, now: datetime) -> Loyalty:
        """The same service at another business moment."""
        if hasattr(self, "service"):
            self.service.engine.dispose()
        settings = {"database_pool_size": 20, **self._settings, "business_time": now}
        self.service = build(self.database.settings(LoyaltySettings, **settings))
        self.http = client(self.service, base_url="http://test/api/loyalty/v1")
        return self

    def hears(self, *events: IntegrationEvent) -> None:
        """Publishes `events` and lets the consumers catch up."""
        assert not self.log.publish([outgoing(event) for event in events])
        self.catch_up()

    def catch_up(self) -> None:
        for consumer in self.service.consumers:
            reader = BatchReader(self.service.engine, consumer, self.log)
            partitions = [TopicPartition(topic, n) for topic in consumer.topics for n in self.log.bounds(topic)]
            positions = dict(reader.positions(partitions))
            while records := self.log.fetch(positions, 1000):
                positions.update(reader.handle(records))

    def account(self, customer_id: UUID) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(f"/accounts/{customer_id}").raise_for_status().json()
        return answer

    def reserve(self, customer_id: UUID, redemption_id: UUID, points: int, **more: Any) -> Any:
        body = {"redemption_id": str(redemption_id), "customer_id": str(customer_id), "points": points} | more
        return self.http.post("/redemptions", json=body)

    def ends(self, verb: str, redemption_id: UUID) -> Any:
        return self.http.post(f"/redemptions/{redemption_id}/{verb}")

    def time_passes(self, days: int = 0, **more: int) -> None:
        """Moves business time and runs the jobs as the scheduler would."""
        self.at(NOON + timedelta(days=days, **more))
        for job in self.service.jobs:
            job.run(DAY + timedelta(days=days))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.service.engine.begin() as connection:
            return fetch(connection, sql)

    def audit(self) -> dict[str, Finding]:
        assert self.service.audit is not None
        with self.service.engine.begin() as connection:
            return {finding.check: finding for finding in self.service.audit(connection)}

    def complaints(self) -> set[str]:
        """The checks that failed."""
        return {finding.check for finding in self.audit().values() if not finding.ok}


@pytest.fixture
def make_loyalty(database: Database) -> Iterator[Callable[..., Loyalty]]:
    log, made = database.log(), []

    def make(**settings: Any) -> Loyalty:
        made.append(Loyalty(database, log, **settings))
        return made[-1]

    yield make
    for loyalty in made:
        loyalty.service.engine.dispose()


@pytest.fixture
def loyalty(make_loyalty: Callable[..., Loyalty]) -> Loyalty:
    return make_loyalty()
