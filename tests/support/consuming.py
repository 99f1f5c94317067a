"""A consumer at work in a test: running it, waiting for it, looking at what it did."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import orjson

from shared.database.batch import fetch
from shared.messaging.batches import BatchReader
from shared.messaging.consumer import Consumer
from shared.messaging.log import EventLog, Member
from shared.messaging.message import Record, TopicPartition
from shared.testing.waiting import until
from tests.conftest import Database

TOPIC = "loyalty.events.v1"


@contextmanager
def running(
    database: Database,
    event_log: EventLog,
    consumer: Consumer,
    *,
    members: Sequence[Member] = (Member(),),
) -> Iterator[None]:
    """The consumer runs, one thread per member, as one process each would."""
    stop = threading.Event()
    engine = database.engine("kernel")
    threads = [
        threading.Thread(target=event_log.feed, args=(BatchReader(engine, consumer, event_log), member, stop))
        for member in members
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=30)
            assert not thread.is_alive()


def levels(database: Database) -> dict[str, int]:
    with database.engine("kernel").begin() as connection:
        return dict(fetch(connection, "select stock_id, left_over from levels"))


def handled(database: Database, event_log: EventLog) -> bool:
    """Whether the consumer stands at the end of its topic."""
    ends = {partition: bounds.end for partition, bounds in event_log.bounds(TOPIC).items() if bounds.end}
    with database.engine("kernel").begin() as connection:
        offsets = dict(fetch(connection, "select partition, next_offset from consumer_offsets"))
    return all(offsets.get(partition) == end for partition, end in ends.items())


def wait(database: Database, event_log: EventLog) -> None:
    until(lambda: handled(database, event_log), what="the consumer to reach the end")


def history(database: Database, key: str) -> list[int]:
    with database.engine("kernel").begin() as connection:
        rows = fetch(
            connection,
            "select (data->>'units')::int from events where stream_id = %(id)s order by stream_version",
            {"id": key},
        )
    return [units for (units,) in rows]


def all_records(event_log: EventLog) -> list[Record]:
    """Every record of the topic."""
    positions = {TopicPartition(TOPIC, p): b.start for p, b in event_log.bounds(TOPIC).items() if b.end > b.start}
    records = event_log.fetch(positions, limit=100_000) if positions else []
    return sorted(records, key=lambda r: (r.partition, r.offset))


def event_id_of(record: Record) -> str:
    return str(orjson.loads(record.headers)["ce_id"])
