"""The stores service over a fresh database, as tills, people and the log see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.stores.bootstrap import build
from services.stores.settings import StoresSettings
from shared.contracts.customers import CUSTOMERS_TOPIC, CustomerErased, IdentifierLinked
from shared.contracts.envelope import wrap
from shared.identity.keys import load_key
from shared.identity.tokens import member_token
from shared.kernel.ids import derived_id, new_id
from shared.messaging.batches import BatchReader
from shared.messaging.message import Record, TopicPartition
from tests.support.access import client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi.testclient import TestClient
    from sqlalchemy import Engine

    from shared.contracts.customers import CustomerFact
    from shared.messaging.log_postgres import PostgresLog
    from shared.runtime.service import Service
    from tests.conftest import Database

ROOT = "/api/stores/v1"
BUSINESS_TIME = "2026-03-10T12:00:00+08:00"
STORE = {"store": "SH-001", "name": "人民广场", "time_zone": "Asia/Shanghai", "currency": "CNY", "tills": ["1", "2"]}


@dataclass
class Chain:
    """One store with two tills, and everything that can be asked of the service."""

    service: Service
    http: TestClient
    settings: StoresSettings
    reader: BatchReader
    till_reader: BatchReader
    event_log: PostgresLog
    owner: Engine
    offset: int = 0

    @staticmethod
    def person(name: str) -> UUID:
        return derived_id("customer", name)

    @staticmethod
    def receipt(**fields: Any) -> dict[str, Any]:
        """A till's receipt of two lines; `amounts` makes other ones."""
        amounts = fields.pop("amounts", (1_000, 500))
        lines = [
            {"product": f"p{n}", "category": ("TEA", "FRUIT")[n % 2], "quantity": 2, "amount_minor": amount}
            for n, amount in enumerate(amounts)
        ]
        return {
            "store": "SH-001",
            "till": "1",
            "number": "42",
            "occurred_at": "2026-03-01T18:30:00+08:00",
            "total_minor": sum(amounts),
            "lines": lines,
        } | fields

    @property
    def engine(self) -> Engine:
        return self.service.engine

    def post(self, path: str, body: Any = None, *, raw: bytes | None = None, key: str | None = None) -> Any:
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        content = json.dumps(body).encode() if raw is None else raw
        return self.http.post(ROOT + path, content=content, headers=headers)

    def get(self, path: str, **query: object) -> Any:
        return self.http.get(ROOT + path, params={name: str(value) for name, value in query.items()})

    def take(self, *receipts: dict[str, Any], key: str | None = None) -> list[dict[str, Any]]:
        """The results of one request that holds `receipts`."""
        answer = self.post("/receipts", {"receipts": receipts}, key=key)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["results"])

    def record(self, **fields: Any) -> str:
        """The id of a receipt that is new."""
        (result,) = self.take(self.receipt(**fields))
        assert result["outcome"] == "recorded", result
        return str(result["receipt_id"])

    def token(self, card: str) -> str:
        return member_token(load_key(self.settings.member_token_key_file), "card", card)

    def hear(self, *facts: CustomerFact) -> None:
        """Handles `facts` as the consumer of customers.events.v1 gets them."""
        self.reader.handle([self.message(fact) for fact in facts])

    def message(self, fact: CustomerFact) -> Record:
        id_ = new_id()
        sent = wrap(
            fact,
            key=str(fact.customer_id),
            event_id=id_,
            source="/customers",
            time=fact.occurred_at,
            correlation_id=id_,
            causation_id=id_,
        )
        self.offset += 1
        return Record(sent.topic, 0, self.offset - 1, sent.key, sent.headers, sent.body)

    def linked(self, customer: str, card: str, *, at: str = BUSINESS_TIME) -> IdentifierLinked:
        token = self.token(card)
        return IdentifierLinked(customer_id=self.person(customer), occurred_at=at, kind="card", token=token)

    def erased(self, customer: str, *cards: str, at: str = BUSINESS_TIME) -> CustomerErased:
        tokens = tuple(map(self.token, cards))
        return CustomerErased(customer_id=self.person(customer), occurred_at=at, tokens=tokens)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def shadow(self, table: str) -> None:
        """An empty table like `table` beside it, as a rebuild makes one."""
        with self.owner.begin() as connection:
            connection.execute(text(f"create table {table}_shadow (like {table} including all)"))

    def told(self, kind: str = "sale_") -> list[dict[str, Any]]:
        """What the outbox holds, in order: each body with its short type and its key."""
        found = []
        for key, headers, body in self.rows("select key, headers, body from outbox order by id"):
            type_ = json.loads(bytes(headers))["ce_type"].split(".")[1]
            if type_.startswith(kind):
                found.append({"type": type_, "key": bytes(key).decode()} | json.loads(bytes(body)))
        return found


@pytest.fixture
def chain(database: Database, tmp_path: Path) -> Iterator[Chain]:
    settings = database.settings(StoresSettings, keys_dir=tmp_path / "keys", business_time=BUSINESS_TIME)
    service = build(settings)
    event_log = database.log()
    reader, till_reader = (BatchReader(service.engine, consumer, event_log) for consumer in service.consumers)
    with client(service, raise_server_exceptions=False) as http:
        made = Chain(service, http, settings, reader, till_reader, event_log, database.owner_engine("stores"))
        reader.positions([TopicPartition(CUSTOMERS_TOPIC, 0)])
        assert made.post("/stores", STORE).status_code == 200
        yield made
    service.engine.dispose()
