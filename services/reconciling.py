"""Compares what the log tells with what its tellers know: after a restore, the two can have forked.

Read-only. Reads every topic once, a page at a time, and asks the service that wrote it about each record. A record that
its teller does not know is a fork: everybody else has heard of something that is lost where it was decided.
`docs/runbooks/restore.md` says what to do about each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from shared.contracts.customers import CUSTOMERS_TOPIC
from shared.contracts.loyalty import PointsEarned, SettlementPosted
from shared.contracts.notifications import NOTIFICATIONS_TOPIC
from shared.contracts.registry import EVENTS
from shared.contracts.stores import REGISTRY_TOPIC, SALES_TOPIC, SaleDetached
from shared.kernel.decider import StreamId
from shared.messaging.lag import backlogs, log_bounds, outbox_size
from shared.messaging.message import TopicPartition
from shared.messaging.offsets import list_offsets
from shared.messaging.outbox import with_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded
    from shared.messaging.log import EventLog
    from shared.messaging.message import Record
    from shared.runtime.service import Service

PAGE_RECORDS = 500
UNREADABLE_MAX = 100
FORKED_STREAMS_MAX = 10_000
"""How many are kept to be named; further ones are counted."""

_NAMES = (
    *("store_id", "till_id", "number", "business_date", "receipt_id", "receipt_version", "net_minor"),
    *("customer_id", "kind", "redemption_id", "points", "occurred_at"),
)
"""What a person needs to find it again. None of it is personal data."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How records of a topic lead back to the stream of their teller that they tell of."""

    topic: str
    service: str
    category: str
    id_field: str
    version_field: str | None = None
    """For facts of which readers keep the newest version: a fork that a newer version has overtaken is healed."""
    moving: frozenset[str] = field(default_factory=frozenset)
    """What may differ when the same fact is decided again."""
    elsewhere: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Types that tell of another category of streams: type -> (category, field of the id)."""

    def stream_of(self, told: Told) -> StreamId:
        """The stream that a record tells of."""
        category, id_field = self.elsewhere.get(told.type, (self.category, self.id_field))
        return StreamId(category, str(told.body[id_field]))


TELLINGS = (
    Telling(SALES_TOPIC, "stores", "receipt", "receipt_id", version_field="receipt_version"),
    Telling(REGISTRY_TOPIC, "stores", "store", "store_id"),
    Telling(CUSTOMERS_TOPIC, "customers", "customer", "customer_id", moving=frozenset({"occurred_at", "until"})),
    Telling(
        PointsEarned.topic,
        "loyalty",
        "account",
        "customer_id",
        moving=frozenset({"occurred_at", "account_version", "available", "reserved_until"}),
        elsewhere={SettlementPosted.type: ("funding", "redemption_id")},
    ),
    Telling(NOTIFICATIONS_TOPIC, "notifications", "contact", "customer_id", moving=frozenset({"occurred_at", "until"})),
)
"""Not the scores of `segmentation`, which are worked out anew: they have no past that could fork.

Nor what `campaigns` tells: one event of its own is told as many records, about a thousand members or several offers,
and some of these (bonus points, shares) do not name the checkout that they follow from.
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A record, read as far as the comparison needs."""

    record: Record
    event_id: UUID
    type: str
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def customer_id(self) -> UUID | None:
        """Whom it is about."""
        return UUID(self.body["customer_id"]) if self.body.get("customer_id") else None


@dataclass(slots=True)
class Fork:
    """A stream of which others have heard what its teller does not know."""

    service: str
    stream: str
    lost: bool
    """Whether the teller knows nothing of the stream; else it knows another past of it."""
    records: int = 0
    heard_version: int = 0
    heard_customer_id: UUID | None = None
    types: set[str] = field(default_factory=set)
    places: list[str] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)

    def hear(self, told: Told, version: int) -> None:
        """Adds one record that the teller does not know."""
        self.records += 1
        self.types.add(told.type)
        self.places.append(f"{told.record.topic}/{told.record.partition}@{told.record.offset}")
        self.names |= {name: told.body[name] for name in _NAMES if told.body.get(name) is not None}
        if version >= self.heard_version:
            self.heard_version = version
            if told.type != SaleDetached.type:
                self.heard_customer_id = told.customer_id


@dataclass
class Report:
    """What was found. It is well when there are no forks and nobody is ahead of the log."""

    compared: int = 0
    unreadable: list[str] = field(default_factory=list)
    """Places of records that nobody of ours wrote, the first of them."""
    healed: int = 0
    """Records of another past that a newer version has overtaken."""
    forks: dict[tuple[str, str], Fork] = field(default_factory=dict)
    more_forks: int = 0
    ahead: list[str] = field(default_factory=list)
    """Consumers that have handled what the log does not hold: it lost its end, or is another log."""
    behind: int = 0
    """Records that consumers have yet to handle: compare again when there are none."""
    waiting: int = 0
    """Rows in outboxes: as above."""

    @property
    def well(self) -> bool:
        """Whether there is nothing to mend."""
        return not self.forks and not self.ahead


def reconcile(
    services: Sequence[Service], event_log: EventLog, progress: Callable[[Report], None] = lambda _: None
) -> Report:
    """Compares the whole log with its tellers. Takes as long as reading it; holds a page in memory.

    `progress` is told of the report so far after each page.
    """
    report = Report()
    by_name = {service.name: service for service in services}
    for telling in TELLINGS:
        if telling.service in by_name:
            for page in _pages(event_log, telling.topic, report.unreadable):
                with by_name[telling.service].engine.begin() as connection:
                    _compare(connection, by_name[telling.service], telling, page, report)
                progress(report)
    for service in services:
        _look_at_consumers(service, event_log, report)
    return report


def read_topic(event_log: EventLog, topic: str) -> Iterator[Told]:
    """Every record of a topic, partition by partition in order."""
    for page in _pages(event_log, topic, []):
        yield from page


def _pages(event_log: EventLog, topic: str, unreadable: list[str]) -> Iterator[list[Told]]:
    bounds = event_log.bounds(topic)
    places = {TopicPartition(topic, partition): held.start for partition, held in bounds.items()}
    while True:
        open_ = {place: at for place, at in places.items() if at < bounds[place.partition].end}
        records = event_log.fetch(open_, PAGE_RECORDS) if open_ else ()
        if not records:
            # What is left to the end holds no records: marks of transactions, or what compaction removed.
            return
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            places[place] = max(places[place], record.offset + 1)
        yield [told for record in records if (told := _read(record, unreadable)) is not None]


def _read(record: Record, unreadable: list[str]) -> Told | None:
    try:
        headers = orjson.loads(record.headers)
        event = EVENTS[headers["ce_type"]].model_validate_json(record.body or b"")
        return Told(record, UUID(headers["ce_id"]), event.type, event.model_dump(mode="json"), headers)
    except (KeyError, ValueError):
        if len(unreadable) < UNREADABLE_MAX:
            unreadable.append(f"{record.topic}/{record.partition}@{record.offset}")
        return None


def _compare(
    connection: Connection,
    service: Service,
    telling: Telling,
    page: Sequence[Told],
    report: Report,
) -> None:
    report.compared += len(page)
    found = service.handler.store.find(connection, [told.event_id for told in page])
    ids = {record.event_id for record in found}
    said = _said(connection, service, found)
    # What is known and not told on its own, like a store that changed twice at once, was told as it was then.
    strange = [t for t in page if not (_is_same(t, said.get(t.event_id)) or (t.event_id in ids - said.keys()))]
    if not strange:
        return
    streams = {told.event_id: telling.stream_of(told) for told in strange}
    for stream, records in service.handler.store.read(connection, streams.values()).items():
        of_stream = [told for told in strange if streams[told.event_id] == stream]
        said = _said(connection, service, records)
        newest = max((_version(telling, body) for _, body in said.values()), default=0)
        for told in of_stream:
            if _is_same(told, said.get(told.event_id)) or _is_said_again(told, said.values(), telling):
                continue
            version = _version(telling, told.body)
            if 0 < version < newest:
                report.healed += 1
            else:
                _add(report, service.name, stream, told, version, lost=not records)


Said = tuple[str, dict[str, Any]]
"""Type and body of what a teller would tell now."""


def _said(connection: Connection, service: Service, records: Sequence[Recorded[Any]]) -> dict[UUID, Said]:
    told = with_ids(service.handler.translate(connection, records)) if records else ()
    return {id_: (item.event.type, item.event.model_dump(mode="json")) for id_, item in told}


def _is_same(told: Told, said: Said | None) -> bool:
    return said is not None and said[0] == told.type and _agree(told.body, said[1])


def _is_said_again(told: Told, said: Iterable[Said], telling: Telling) -> bool:
    """Whether the same fact was decided again, for another cause: a till that sent it with another key."""
    return any(type_ == told.type and _agree(told.body, body, but=telling.moving) for type_, body in said)


def _agree(one: Mapping[str, Any], other: Mapping[str, Any], *, but: frozenset[str] = frozenset()) -> bool:
    # Only what both have: a field that joined since then was not told in its time.
    return all(one[name] == other[name] for name in one.keys() & other.keys() - but)


def _version(telling: Telling, body: Mapping[str, Any]) -> int:
    return int(body[telling.version_field]) if telling.version_field else 0


def _add(report: Report, service: str, stream: StreamId, told: Told, version: int, *, lost: bool) -> None:
    key = (service, str(stream))
    if key not in report.forks:
        if len(report.forks) >= FORKED_STREAMS_MAX:
            report.more_forks += 1
            return
        report.forks[key] = Fork(service, str(stream), lost)
    report.forks[key].hear(told, version)


def _look_at_consumers(service: Service, event_log: EventLog, report: Report) -> None:
    bounds = log_bounds(event_log, (topic for consumer in service.consumers for topic in consumer.topics))
    with service.engine.begin() as connection:
        places = list_offsets(connection)
    for consumer in service.consumers:
        for backlog in backlogs(places, consumer.name, consumer.topics, bounds):
            report.behind += backlog.records
            if backlog.begin > backlog.end:
                where = f"{backlog.partition.topic}/{backlog.partition.partition}"
                report.ahead.append(
                    f"{consumer.name} stands at {backlog.begin} in {where}, which ends at {backlog.end}"
                )
    report.waiting += outbox_size(service.engine)
