"""A chain of two regions with two stores each: every service over one database, members and receipts in each store.

Nothing runs in the background: `settle` moves what was written through the topics.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from fastapi.testclient import TestClient

from services.campaigns import bootstrap as campaigns
from services.campaigns.settings import CampaignsSettings
from services.console import bootstrap as console
from services.console.settings import ConsoleSettings
from services.customers import bootstrap as customers
from services.customers.settings import CustomersSettings
from services.loyalty import bootstrap as loyalty
from services.loyalty.settings import LoyaltySettings
from services.notifications import bootstrap as notifications
from services.notifications.settings import NotificationsSettings
from services.segmentation import bootstrap as segmentation
from services.segmentation.settings import SegmentationSettings
from services.stores import bootstrap as stores
from services.stores.settings import StoresSettings
from shared.kernel.ids import derived_id, new_id
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition
from shared.messaging.relay import Relay
from shared.runtime.http import build_app
from tests.support.access import access, bearer
from tests.support.records import wrapped

if TYPE_CHECKING:
    from pathlib import Path

    from httpx2 import Response

    from shared.contracts.base import IntegrationEvent
    from shared.runtime.service import Service
    from tests.conftest import Database

REGIONS = {"E1": "east", "E2": "east", "W1": "west", "W2": "west"}
STORES = tuple(REGIONS)
NOON = "2026-03-10T12:00:00+08:00"
SOLD = "2026-03-01T18:30:00+08:00"
RECEIPTS = {"kept": "1", "returned": "2", "voided": "3"}
"""What happens to the receipts of each store, and their numbers."""
PERSONAL = ("Quillfeather", "1391234", "8800-")
"""Begins of what is personal of every member here: name, phone, card."""


def member(store: str, n: int = 0) -> UUID:
    return derived_id("four stores", "member", store, n)


def card(store: str, n: int = 0) -> str:
    return f"8800-{store}-{n}"


def person(store: str, n: int = 0) -> dict[str, Any]:
    """Who registers in `store`."""
    return {
        "customer_id": str(member(store, n)),
        "name": f"{store}{n} Quillfeather",
        "phone": f"1391234{sum(store.encode()):03}{n}",
        "card": card(store, n),
        "birthday": "1984-03-12",
        "home_store": store,
    }


def receipt(store: str, number: str = "1", *, who: str | None = None, till: str = "1") -> dict[str, Any]:
    """A receipt of 100.00 by the store's first member, or by whoever has the card `who`."""
    return {
        "store": store,
        "till": till,
        "number": number,
        "occurred_at": SOLD,
        "total_minor": 10_000,
        "member": {"card": who or card(store)},
        "lines": [{"product": "P1", "category": "TEA", "quantity": 2, "amount_minor": 10_000}],
    }


def receipt_id(store: str, number: str = "1", till: str = "1") -> UUID:
    return derived_id("receipt", store, till, SOLD[:10], number)


class FourStores:
    """The chain. Use as a context manager."""

    def __init__(self, database: Database, keys: Path) -> None:
        self.database = database
        self.keys = keys
        self._log = database.log()
        self.business_time = NOON
        self._open = ExitStack()
        self.at(NOON)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def at(self, business_time: str) -> None:
        """The same chain at another business moment."""
        self._open.close()
        self.business_time = business_time
        made, keys = self.database.settings, self.keys
        self.services: dict[str, Service] = {
            service.name: service
            for service in (
                stores.build(made(StoresSettings, keys_dir=keys, business_time=business_time)),
                customers.build(made(CustomersSettings, keys_dir=keys, business_time=business_time)),
                loyalty.build(made(LoyaltySettings, business_time=business_time)),
                segmentation.build(made(SegmentationSettings, business_time=business_time)),
                campaigns.build(made(CampaignsSettings, business_time=business_time)),
                notifications.build(made(NotificationsSettings, keys_dir=keys, business_time=business_time)),
                console.build(made(ConsoleSettings, business_time=business_time)),
            )
        }
        for service in self.services.values():
            self._open.callback(service.engine.dispose)
        app = build_app(list(self.services.values()), access=access())
        self.http = self._open.enter_context(TestClient(app, raise_server_exceptions=False))

    @cached_property
    def headquarters(self) -> dict[str, str]:
        """Somebody who may do everything everywhere."""
        return bearer(("operator", "privacy_officer"))

    def call(self, route: str, body: Any = None, *, headers: dict[str, str] | None = None) -> Response:
        """Calls `GET /stores/v1/stores`; as headquarters unless `headers` say who."""
        method, path = route.split()
        answer: Response = self.http.request(
            method,
            f"/api{path}",
            json=body,
            headers=self.headquarters if headers is None else headers,
        )
        return answer

    def done(self, route: str, body: Any = None, *, headers: dict[str, str] | None = None) -> Any:
        """What headquarters is answered, or whoever `headers` say."""
        answer = self.call(route, body, headers=headers)
        assert answer.is_success, f"{route}: {answer.text}"
        return answer.json() if answer.content else None

    def tell(self, event: IntegrationEvent, key: object) -> None:
        """Publishes what another service tells."""
        assert self._log.publish([wrapped(event, str(key), new_id())]) == []

    def run(self, job: str) -> None:
        """What time causes: the jobs of this name, once."""
        for each in (each for service in self.services.values() for each in service.jobs if each.name == job):
            each.run(self.today)

    @property
    def today(self) -> date:
        """The business's date."""
        return datetime.fromisoformat(self.business_time).date()

    def settle(self) -> None:
        """Publishes and handles until nothing is on its way."""
        while sum(self._relay(service) + self._consume(service) for service in self.services.values()):
            pass

    def open_for_business(self) -> None:
        """Registers stores and members, sells, scores; in each store a member who is known nowhere else."""
        details = {"time_zone": "Asia/Shanghai", "currency": "CNY", "tills": ["1", "2"]}
        registered = [{"store": s, "name": s, "region": region, **details} for s, region in REGIONS.items()]
        self.done("POST /stores/v1/stores/batch", {"stores": registered})
        self.done("POST /customers/v1/customers/batch", {"customers": [person(s) for s in STORES]})
        self.settle()
        sold = [receipt(store, number) for store in STORES for number in RECEIPTS.values()]
        self.done("POST /stores/v1/receipts", {"receipts": sold})
        self.settle()
        self.done("POST /segmentation/v1/sweeps")

    def _relay(self, service: Service) -> int:
        relay, taken = Relay(service.name, service.engine, self._log), 0
        with service.engine.connect() as connection:
            while step := relay.step(connection):
                taken += step
        return taken

    def _consume(self, service: Service) -> int:
        handled = 0
        for consumer in service.consumers:
            reader = BatchReader(service.engine, consumer, self._log)
            partitions = [TopicPartition(topic, n) for topic in consumer.topics for n in self._log.bounds(topic)]
            positions = dict(reader.positions(partitions))
            while records := self._log.fetch(positions, 1_000):
                positions.update(reader.handle(records))
                handled += len(records)
        return handled
