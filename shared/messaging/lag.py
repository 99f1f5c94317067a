"""How far each consumer is behind, by the database's offsets: the only ones that count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine

    from shared.messaging.consumer import Consumer
    from shared.messaging.log import EventLog
    from shared.messaging.message import TopicPartition


@dataclass(frozen=True, slots=True)
class Lag:
    """One consumer's place: how many records its topics hold, and how many of them it has handled."""

    consumer: str
    end: int
    handled: int

    @property
    def records(self) -> int:
        """Records that still wait."""
        return self.end - self.handled


def lags(engine: Engine, consumers: Sequence[Consumer], event_log: EventLog) -> list[Lag]:
    """The place of each of a service's consumers; offsets before a log's start count as handled."""
    with engine.begin() as connection:
        handled = {
            (consumer, topic): total
            for consumer, topic, total in fetch(
                connection,
                "select consumer, topic, sum(next_offset)::bigint from consumer_offsets group by consumer, topic",
            )
        }
    found = []
    for consumer in consumers:
        end = sum(bounds.end for topic in consumer.topics for bounds in event_log.bounds(topic).values())
        done = sum(handled.get((consumer.name, topic), 0) for topic in consumer.topics)
        found.append(Lag(consumer.name, end, done))
    return found


def behind(connection: Connection, consumer: str, partitions: Sequence[TopicPartition], event_log: EventLog) -> int:
    """How many records of `partitions` a consumer has yet to handle."""
    rows = fetch(
        connection,
        "select topic, partition, next_offset from consumer_offsets where consumer = %(consumer)s",
        {"consumer": consumer},
    )
    handled = {(topic, partition): next_offset for topic, partition, next_offset in rows}
    ends = {topic: event_log.bounds(topic) for topic in {tp.topic for tp in partitions}}
    return sum(ends[tp.topic][tp.partition].end - handled.get(tp, 0) for tp in partitions)


def outbox_size(engine: Engine) -> int:
    """Records that a service's relay has yet to publish."""
    with engine.begin() as connection:
        return int(fetch(connection, "select count(*) from outbox")[0][0])
