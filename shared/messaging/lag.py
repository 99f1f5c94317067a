"""How far each consumer is behind, by the database's offsets: the only ones that count.

Two questions that never mix: the log is asked where its topics begin and end, once each and before a transaction
begins, since it may take long; then the database where the consumer stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.database.batch import fetch
from shared.messaging.log import Bounds
from shared.messaging.message import TopicPartition
from shared.messaging.offsets import list_offsets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Engine

    from shared.messaging.consumer import Consumer
    from shared.messaging.log import EventLog
    from shared.messaging.offsets import Place

LogBounds = Mapping[str, Mapping[int, Bounds]]
"""topic -> partition -> what it holds."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What one consumer has yet to handle in one partition: from `begin` up to, not including, `end`."""

    partition: TopicPartition
    begin: int
    end: int

    @property
    def records(self) -> int:
        """Records, at most, that wait; not less than none where the log's end was asked before the offset moved."""
        return max(0, self.end - self.begin)


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


def log_bounds(event_log: EventLog, topics: Iterable[str]) -> LogBounds:
    """What each of `topics` holds. Asks the log once per topic: not inside a transaction."""
    return {topic: event_log.bounds(topic) for topic in sorted(set(topics))}


def backlogs(places: Iterable[Place], consumer: str, topics: Iterable[str], bounds: LogBounds) -> list[Backlog]:
    """What `consumer` has yet to handle of each partition of `topics`, which `bounds` knows.

    `places` are those of all consumers of its service (`list_offsets`). A partition that it has not begun with waits
    from where the log begins.
    """
    offsets = {(place.topic, place.partition): place.next_offset for place in places if place.consumer == consumer}
    return [
        Backlog(TopicPartition(topic, partition), offsets.get((topic, partition), held.start), held.end)
        for topic in topics
        for partition, held in sorted(bounds[topic].items())
    ]


def lags(engine: Engine, consumers: Sequence[Consumer], event_log: EventLog) -> list[Lag]:
    """The place of each of a service's consumers; offsets before a log's start count as handled."""
    bounds = log_bounds(event_log, (topic for consumer in consumers for topic in consumer.topics))
    with engine.begin() as connection:
        places = list_offsets(connection)
    return [_lag(consumer, backlogs(places, consumer.name, consumer.topics, bounds)) for consumer in consumers]


def _lag(consumer: Consumer, found: Sequence[Backlog]) -> Lag:
    end = sum(backlog.end for backlog in found)
    return Lag(consumer.name, end, end - sum(backlog.records for backlog in found))


def outbox_size(engine: Engine) -> int:
    """Records that a service's relay has yet to publish."""
    with engine.begin() as connection:
        return int(fetch(connection, "select count(*) from outbox")[0][0])
