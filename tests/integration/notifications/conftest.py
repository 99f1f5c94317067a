"""The service beside the real `customers` and a real mail server, over one log, one database and one clock."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.customers import bootstrap as customers_bootstrap
from services.customers.settings import CustomersSettings
from services.notifications.bootstrap import build
from services.notifications.settings import NotificationsSettings
from shared.contracts.notifications import SendRequested
from shared.contracts.stores import StoreRegistered
from shared.database.batch import fetch
from shared.kernel.ids import derived_id, new_id
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition
from shared.messaging.relay import Relay
from shared.runtime.health import Health
from shared.runtime.http import build_app
from shared.runtime.http_server import HttpServer
from tests.support.access import access, client, issuer
from tests.support.mailbox import Mailbox, MailServer
from tests.support.records import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shared.access.issuer import Grant
    from shared.contracts.base import IntegrationEvent
    from shared.runtime.service import Finding, Service
    from tests.conftest import Database

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday, in no quiet hour of UTC."""


class Shop:
    """What a chain has running, as far as messages are concerned."""

    def __init__(self, database: Database, folder: Path, **settings: Any) -> None:
        self._open = ExitStack()
        self.database, self._folder, self._settings = database, folder, settings
        self._clock = folder / "now"
        self.at(NOON)
        self.log = database.log()
        self.mailbox = Mailbox()
        self.mail_server = MailServer(self.mailbox)
        self.mail_server.start()
        self._open.callback(self.stop_mail)
        self.customers = customers_bootstrap.build(
            database.settings(CustomersSettings, keys_dir=folder / "keys", business_time_file=self._clock)
        )
        self._open.callback(self.customers.engine.dispose)
        self.vault_http = client(
            self.customers, role=("operator", "privacy_officer"), base_url="http://t/api/customers/v1"
        )
        self.port = 0
        self.start_vault()
        self.service = self.build(**settings)
        self.http = client(self.service, base_url="http://test/api/notifications/v1")
        self.hears(StoreRegistered(store_id="31", time_zone="UTC", currency="CNY", region="east"))

    def build(self, **settings: Any) -> Service:
        """One more process of the service."""
        service = build(self.database.settings(NotificationsSettings, **(self.variables() | settings)))
        self._open.callback(service.engine.dispose)
        return service

    def variables(self) -> dict[str, Any]:
        """The settings that make it meet its neighbours."""
        return {
            "keys_dir": self._folder / "keys",
            "business_time_file": self._clock,
            "public_url": "https://shop.example",
            "vault_url": f"http://127.0.0.1:{self.port}",
            "vault_token": issuer().token(_service(), minutes=60),
            "smtp_host": "127.0.0.1",
            "smtp_port": self.mail_server.port,
            "smtp_tls": "none",
            "smtp_timeout_s": 1.0,
            "mail_from": "Regulars <shop@example.com>",
            "senders": 1,
        } | self._settings

    def close(self) -> None:
        self.stop_vault()
        self._open.close()

    def at(self, now: datetime) -> None:
        """Moves everybody's business clock."""
        self.now = now
        draft = self._clock.with_suffix(".new")
        draft.write_text(now.isoformat())
        draft.replace(self._clock)

    def passes(self, **time: float) -> None:
        self.at(self.now + timedelta(**time))

    def start_vault(self) -> None:
        ended = threading.Event()
        app = build_app([self.customers], access=access())
        self._vault = HttpServer(app, Health(), host="127.0.0.1", port=self.port, ended=ended)
        self.port = self._vault.port
        self._vault.start()

    def stop_vault(self) -> None:
        self._vault.stop()

    def stop_mail(self) -> None:
        if self.mail_server.loop.is_running():
            self.mail_server.stop(no_assert=True)

    def member(self, who: str, *, consents: tuple[str, ...] = ("email",), **fields: Any) -> UUID:
        """Somebody who registered with an e-mail address and agreed to marketing by `consents`."""
        body = {
            "card": f"card-{who}",
            "email": f"{who}@example.com",
            "name": who,
            "language": "en",
            "home_store": "31",
        } | fields
        answer = self.vault_http.post("/customers", json=body)
        assert answer.status_code == 201, answer.text
        customer_id = UUID(answer.json()["customer_id"])
        for channel in consents:
            self.agrees(customer_id, purpose="marketing", channel=channel)
        self.catch_up()
        return customer_id

    def agrees(self, customer_id: UUID, **scope: str) -> None:
        path = f"/customers/{customer_id}/consents"
        self.vault_http.post(path, json=scope | {"text_version": "t1"}).raise_for_status()

    def hears(self, *events: IntegrationEvent) -> None:
        """Publishes what other services tell, and lets the consumers catch up."""
        records = [wrapped(event, _key(event), new_id()) for event in events]
        assert not self.log.publish(records)
        self.catch_up()

    def asks(self, customer_id: UUID, name: object = 1, **fields: Any) -> UUID:
        """A request for a message; its id."""
        self.hears(self.request(customer_id, name, **fields))
        return derived_id("request", customer_id, name)

    def request(self, customer_id: UUID, name: object = 1, **fields: Any) -> SendRequested:
        usual: dict[str, Any] = {
            "request_id": derived_id("request", customer_id, name),
            "customer_id": customer_id,
            "purpose": "marketing",
            "template": "win-back",
            "channels": ("email",),
            "values": {"offer": "20% off", "ends_on": "2026-03-16"},
            "send_after": self.now,
            "expires_at": self.now + timedelta(days=14),
            "occurred_at": self.now,
        }
        return SendRequested(**usual | fields)

    def catch_up(self) -> None:
        """Everything that was told is heard: out of the outboxes, into the consumers."""
        for service in (self.customers, getattr(self, "service", None)):
            if service is not None:
                with service.engine.connect() as connection:
                    while Relay(service.name, service.engine, self.log).step(connection):
                        pass
        for service in (getattr(self, "service", None), self.customers):
            for consumer in service.consumers if service else ():
                reader = BatchReader(service.engine, consumer, self.log)
                partitions = [TopicPartition(topic, n) for topic in consumer.topics for n in self.log.bounds(topic)]
                positions = dict(reader.positions(partitions))
                while records := self.log.fetch(positions, 1000):
                    positions.update(reader.handle(records))

    def send(self) -> None:
        """The senders' jobs, once each."""
        for job in self.service.jobs:
            if job.name.startswith("notifications.send."):
                job.run(self.now.date())

    def message(self, message_id: UUID) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(f"/messages/{message_id}").raise_for_status().json()
        return answer

    def status(self, message_id: UUID) -> tuple[str, str | None]:
        shown = self.message(message_id)
        return shown["status"], shown["rule"]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.service.engine.begin() as connection:
            return fetch(connection, sql)

    def complaints(self) -> set[str]:
        """The auditor's checks that failed."""
        assert self.service.audit is not None
        with self.service.engine.begin() as connection:
            found: list[Finding] = list(self.service.audit(connection))
        return {finding.check for finding in found if not finding.ok}


def _service() -> Grant:
    from shared.access.issuer import Grant  # noqa: PLC0415 - beside its only use

    return Grant("notifications", ["service"], None, None, None, None)


def _key(event: IntegrationEvent) -> str:
    return str(getattr(event, "customer_id", None) or getattr(event, "campaign_id", None) or event.store_id)


@pytest.fixture
def make_shop(database: Database, tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    made: list[Shop] = []

    def make(**settings: Any) -> Shop:
        made.append(Shop(database, tmp_path, **settings))
        return made[-1]

    yield make
    for shop in made:
        shop.close()


@pytest.fixture
def shop(make_shop: Callable[..., Shop]) -> Shop:
    return make_shop()
