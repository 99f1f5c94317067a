"""The customers service over a fresh database, as its callers see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from services.customers.bootstrap import build
from services.customers.settings import CustomersSettings
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition
from tests.support.access import client
from tests.support.sales import outgoing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi.testclient import TestClient

    from shared.contracts.base import IntegrationEvent
    from shared.contracts.envelope import Outgoing
    from shared.messaging.log_postgres import PostgresLog
    from shared.runtime.service import Service
    from tests.conftest import Database

ROOT = "/api/customers/v1"
ROLES = ("operator", "privacy_officer", "service", "service_desk")
"""What most tests here are about: everything but other services' business."""


@dataclass(frozen=True)
class Api:
    """The service and a client of its routes."""

    service: Service
    http: TestClient
    settings: CustomersSettings

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        # ASCII only, so that a test can also send characters that no UTF-8 holds.
        content = None if body is None else json.dumps(body).encode()
        return self.http.post(ROOT + path, content=content, headers=headers)

    def get(self, path: str) -> Any:
        return self.http.get(ROOT + path)

    def register(self, **fields: object) -> str:
        answer = self.post("/customers", fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["customer_id"])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.service.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def told(self) -> list[str]:
        """The types of what the outbox holds, in order."""
        rows = self.rows("select convert_from(headers, 'utf8')::json ->> 'ce_type' from outbox order by id")
        return [row[0] for row in rows]


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> CustomersSettings:
    return database.settings(CustomersSettings, keys_dir=tmp_path / "keys", business_time="2026-03-01T12:00:00+08:00")


@pytest.fixture
def api(settings: CustomersSettings) -> Iterator[Api]:
    service = build(settings)
    with client(service, role=ROLES, raise_server_exceptions=False) as http:
        yield Api(service, http, settings)
    service.engine.dispose()


@dataclass(frozen=True)
class Topics:
    """What other services tell, and the service's consumers, which hear it when told to."""

    service: Service
    log: PostgresLog

    def tell(self, *events: IntegrationEvent) -> None:
        """Publishes `events`, each under an id of its own, and lets every consumer catch up."""
        self.publish([outgoing(event) for event in events])

    def publish(self, records: list[Outgoing]) -> None:
        assert not self.log.publish(records)
        for consumer in self.service.consumers:
            reader = BatchReader(self.service.engine, consumer, self.log)
            partitions = [TopicPartition(topic, n) for topic in consumer.topics for n in self.log.bounds(topic)]
            positions = dict(reader.positions(partitions))
            while found := self.log.fetch(positions, 1_000):
                positions.update(reader.handle(found))


@pytest.fixture
def topics(api: Api, database: Database) -> Topics:
    return Topics(api.service, database.log())
