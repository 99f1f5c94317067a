"""The service on its own fresh database, fed through the real log, by people with names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.campaigns.bootstrap import build
from services.campaigns.settings import CampaignsSettings
from shared.contracts.customers import (
    Channel,
    ComplaintClosed,
    ComplaintOpened,
    ConsentGiven,
    ConsentWithdrawn,
    CustomerErased,
    CustomerRegistered,
)
from shared.contracts.envelope import decode_headers, wrap
from shared.contracts.registry import EVENTS
from shared.contracts.segmentation import SegmentEntered, SegmentLeft
from shared.database.batch import fetch
from shared.kernel.ids import derived_id, new_id
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition
from tests.support.access import client
from tests.support.sales import DAY, NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fastapi.testclient import TestClient

    from shared.contracts.base import IntegrationEvent
    from shared.messaging.log_postgres import PostgresLog
    from shared.runtime.service import Service
    from tests.conftest import Database

ENDPOINT = "http://test/api/campaigns/v1"
US, TEA, BOOKS = "us", "tea-house", "book-shop"
"""Parties of the street."""
HERE = {"latitude": 31.2300, "longitude": 121.4700}


class Campaigns:
    """The service as its neighbours meet it: by topics, by HTTP, by time."""

    def __init__(self, database: Database, log: PostgresLog, **settings: Any) -> None:
        self.database, self.log, self._settings = database, log, settings
        self.service: Service
        self.now = NOON
        self.at(NOON)

    def at(self, now: datetime) -> Campaigns:
        """The same service at another business moment."""
        if hasattr(self, "service"):
            self.service.engine.dispose()
        settings = {"database_pool_size": 20, **self._settings, "business_time": now}
        self.service = build(self.database.settings(CampaignsSettings, **settings))
        self.now = now
        self.http = self.by("operator")
        return self

    def by(self, role: str, name: str | None = None, **scope: Any) -> TestClient:
        """A client for somebody with a role."""
        return client(self.service, role=role, name=name or role, base_url=ENDPOINT, **scope)

    # What others tell.

    def hears(self, *events: IntegrationEvent) -> None:
        """Publishes `events` as their owners key them, and lets the consumers catch up."""
        assert not self.log.publish([_outgoing(event) for event in events])
        self.catch_up()

    def catch_up(self) -> None:
        for consumer in self.service.consumers:
            reader = BatchReader(self.service.engine, consumer, self.log)
            partitions = [TopicPartition(topic, n) for topic in consumer.topics for n in self.log.bounds(topic)]
            positions = dict(reader.positions(partitions))
            while records := self.log.fetch(positions, 1000):
                positions.update(reader.handle(records))

    def joins(self, *members: UUID, channels: Iterable[Channel] = ("email",), segment: str | None = None) -> None:
        """Members register, agree to marketing by `channels`, and come into `segment`."""
        for start in range(0, len(members), 500):
            some = members[start : start + 500]
            told: list[IntegrationEvent] = [CustomerRegistered(customer_id=m, occurred_at=NOON) for m in some]
            told += [consent(member, channel) for member in some for channel in channels]
            told += [entered(member, segment) for member in some] if segment else []
            assert not self.log.publish([_outgoing(event) for event in told])
        self.catch_up()

    # What people do.

    def drafted(self, **more: Any) -> UUID:
        """Ann drafts a campaign."""
        answer = self.by("marketer", "ann").post("/campaigns", json=draft(**more)).raise_for_status()
        return UUID(answer.json()["campaign_id"])

    def approved(self, **more: Any) -> UUID:
        """Ann drafts and submits a campaign, and Chef approves it."""
        id_ = self.drafted(**more)
        self.by("marketer", "ann").post(f"/campaigns/{id_}/submission").raise_for_status()
        self.by("approver", "chef").post(f"/campaigns/{id_}/approval").raise_for_status()
        return id_

    def running(self, **more: Any) -> UUID:
        """A campaign that runs: its audience is assigned."""
        id_ = self.approved(**more)
        self.by("marketer", "ann").post(f"/campaigns/{id_}/start").raise_for_status()
        self.sweep()
        return id_

    def sweep(self) -> None:
        """Runs the jobs as the scheduler would."""
        for job in self.service.jobs:
            job.run(DAY)

    def time_passes(self, **more: int) -> None:
        """Moves business time and runs the jobs."""
        self.at(self.now + timedelta(**more))
        self.sweep()

    # What there is to see.

    def campaign(self, campaign_id: UUID) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(f"/campaigns/{campaign_id}").raise_for_status().json()
        return answer

    def rows(self, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
        with self.service.engine.begin() as connection:
            return fetch(connection, sql, parameters)

    def arms(self, experiment: UUID | str) -> dict[UUID, str]:
        found = self.rows("select customer_id, arm from arms where experiment = %(e)s", e=str(experiment))
        return dict(found)

    def complaints(self) -> set[str]:
        """The auditor's checks that failed."""
        assert self.service.audit is not None
        with self.service.engine.begin() as connection:
            return {finding.check for finding in self.service.audit(connection) if not finding.ok}

    def told(self, *kinds: type[IntegrationEvent]) -> list[Any]:
        """What waits in the outbox for others, of some kinds, in order."""
        found = []
        for headers, body in self.rows("select headers, body from outbox order by id"):
            kind = EVENTS[decode_headers(bytes(headers))["ce_type"].decode()]
            if not kinds or kind in kinds:
                found.append(kind.model_validate_json(bytes(body)))
        return found


def draft(**more: Any) -> dict[str, Any]:
    """A win-back offer: a fifth off for members who are cooling, by e-mail."""
    return {
        "code": "win-back",
        "name": {"zh-CN": "回来吧", "en": "Come back"},
        "segment": "cooling",
        "days": 14,
        "hold_out_percent": 10,
        "budget": {"uses": 300, "currency": "USD"},
        "offer": {"kind": "percent", "percent": "20", "max_minor": 5000},
        "message": {"template": "win-back", "channels": ["email"], "values": {"percent": "20"}},
    } | more


def members(count: int, name: str = "member") -> list[UUID]:
    """Ids of members, in their order."""
    return sorted((derived_id(name, n) for n in range(count)), key=lambda id_: id_.int)


def consent(
    who: UUID, channel: Channel | None = "email", *, given: bool = True, at: datetime = NOON, purpose: Any = "marketing"
) -> IntegrationEvent:
    if given:
        return ConsentGiven(customer_id=who, occurred_at=at, purpose=purpose, channel=channel, text_version="1")
    return ConsentWithdrawn(customer_id=who, occurred_at=at, purpose=purpose, channel=channel)


def complaint(who: UUID, which: UUID, *, closed: bool = False) -> IntegrationEvent:
    if closed:
        return ComplaintClosed(customer_id=who, complaint_id=which, occurred_at=NOON)
    return ComplaintOpened(customer_id=who, complaint_id=which, occurred_at=NOON, category="service")


def entered(who: UUID, segment: str = "cooling", version: int = 1, *, left: bool = False) -> IntegrationEvent:
    kind = SegmentLeft if left else SegmentEntered
    return kind(
        customer_id=who,
        segment=segment,
        segment_version=1,
        membership_version=version,
        reason="last purchase 61 days ago, cooling from 60",
        occurred_at=datetime(2026, 2, 27, tzinfo=UTC),
    )


def gone(who: UUID) -> IntegrationEvent:
    return CustomerErased(customer_id=who, occurred_at=NOON)


def _outgoing(event: Any) -> Any:
    id_ = new_id()
    keys = (getattr(event, name, None) for name in ("customer_id", "receipt_id", "store_id", "campaign_id"))
    key = str(next(key for key in keys if key is not None))
    return wrap(event, key=key, event_id=id_, source="/test", time=NOON, correlation_id=id_, causation_id=id_)


def party(code: str, category: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": code.title(), "category": category, **HERE} | more


@pytest.fixture
def make_campaigns(database: Database) -> Iterator[Callable[..., Campaigns]]:
    log, made = database.log(), []

    def make(**settings: Any) -> Campaigns:
        made.append(Campaigns(database, log, **settings))
        return made[-1]

    yield make
    for campaigns in made:
        campaigns.service.engine.dispose()


@pytest.fixture
def campaigns(make_campaigns: Callable[..., Campaigns]) -> Campaigns:
    return make_campaigns()


@pytest.fixture
def street(campaigns: Campaigns) -> Campaigns:
    """Us with two stores, and partners around the first."""
    stores = ["367", {"store": "12", "latitude": 39.9, "longitude": 116.4}]
    for body in (
        party(US, "grocery", ours=True, stores=stores),
        party(TEA, "tea", latitude=31.2345, stores=["T1"]),
        party(BOOKS, "books", latitude=31.2310),
        party("other-grocer", "grocery", latitude=31.2301),
        party("far-away", "tea", latitude=31.3),
    ):
        campaigns.http.post("/parties", json=body).raise_for_status()
    return campaigns
