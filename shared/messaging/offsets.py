"""A consumer's offsets: rows in the service's own database, which alone say what was handled.

Moved in the transaction that handles the records. The log's own offsets are a hint and never asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from shared.contracts.topics import TOPICS
from shared.database.batch import fetch, run
from shared.kernel.errors import RegularsError
from shared.messaging.message import TopicPartition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from shared.messaging.consumer import Consumer
    from shared.messaging.log import EventLog
    from shared.messaging.message import Record

log = structlog.get_logger(__name__)


class ConsumerStopped(RegularsError):
    """The consumer must not go on by itself: an operator has to look. `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Offsets:
    """The offsets of one consumer."""

    def __init__(self, consumer: str, event_log: EventLog) -> None:
        self._consumer = consumer
        self._log = event_log
        self._sought: set[tuple[TopicPartition, int]] = set()
        """Holes for which we have already asked the log once more."""

    def begin(self, connection: Connection, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The next offset of each partition; a new consumer starts at the log's beginning.

        Raises `ConsumerStopped` when a topic was made anew.
        """
        for topic in sorted({tp.topic for tp in partitions}):
            bounds = self._log.bounds(topic)
            owned = [tp.partition for tp in partitions if tp.topic == topic]
            run(
                connection,
                """
                insert into consumer_offsets (consumer, topic, partition, next_offset, topic_id)
                select %(consumer)s, %(topic)s, partition, start, %(topic_id)s
                from unnest(%(partitions)b::int[], %(starts)b::bigint[]) as w(partition, start)
                on conflict do nothing
                """,
                {
                    "consumer": self._consumer,
                    "topic": topic,
                    "topic_id": self._log.topic_id(topic),
                    "partitions": owned,
                    "starts": [bounds[partition].start for partition in owned],
                },
            )
        return self.lock(connection, partitions)

    def lock(
        self,
        connection: Connection,
        partitions: Iterable[TopicPartition],
    ) -> dict[TopicPartition, int]:
        """The next offset of each of `partitions`, locked in order until the transaction ends."""
        # A zombie (a process that lost its partitions and does not know) waits here until the new owner has
        # committed, and then finds that everything it holds is below the offset.
        wanted = sorted(set(partitions))
        rows = fetch(
            connection,
            """
            select o.topic, o.partition, o.next_offset, o.topic_id from consumer_offsets o
            join unnest(%(topics)b::text[], %(partitions)b::int[]) as w(topic, partition)
              on o.topic = w.topic and o.partition = w.partition
            where o.consumer = %(consumer)s
            order by o.topic, o.partition for update of o
            """,
            {
                "consumer": self._consumer,
                "topics": [tp.topic for tp in wanted],
                "partitions": [tp.partition for tp in wanted],
            },
        )
        offsets: dict[TopicPartition, int] = {}
        for topic, partition, next_offset, topic_id in rows:
            self._check_topic(topic, topic_id)
            offsets[TopicPartition(topic, partition)] = next_offset
        return offsets

    def _check_topic(self, topic: str, known: UUID) -> None:
        if self._log.topic_id(topic) != known:
            code = "topic_recreated"
            raise ConsumerStopped(
                code,
                f"{self._consumer}: topic {topic} was made anew, its offsets mean other records now",
            )

    def fresh(
        self,
        connection: Connection,
        records: Sequence[Record],
    ) -> tuple[list[Record], dict[TopicPartition, int]]:
        """Records that were not handled yet and stand behind no hole, in order; and where to go on from.

        Raises `ConsumerStopped` when retention removed what was not handled.
        """
        by_partition: dict[TopicPartition, list[Record]] = {}
        for record in records:
            by_partition.setdefault(TopicPartition(record.topic, record.partition), []).append(record)
        offsets = self.lock(connection, by_partition)
        fresh: list[Record] = []
        positions: dict[TopicPartition, int] = {}
        for partition, arrived in by_partition.items():
            if partition not in offsets:
                code = "offset_missing"
                raise ConsumerStopped(code, f"{self._consumer}: no offset is kept for {partition}")
            expected = offsets[partition]
            for record in sorted(arrived, key=lambda r: r.offset):
                if record.offset < expected:
                    continue
                if record.offset > expected and not self._past_hole(connection, partition, expected, record.offset):
                    break
                fresh.append(record)
                expected = record.offset + 1
            positions[partition] = expected
        return fresh, positions

    def _past_hole(self, connection: Connection, partition: TopicPartition, expected: int, found: int) -> bool:
        """Whether the hole from `expected` to `found` is the log's own; asks the log once more at first."""
        if _is_compacted(partition.topic):
            # Holes are what compaction makes: a newer record of the same key says it all.
            return True
        start = self._log.bounds(partition.topic)[partition.partition].start
        if expected < start:
            code = "data_lost_by_retention"
            raise ConsumerStopped(
                code,
                f"{self._consumer}: {partition.topic}/{partition.partition} was handled up to {expected}, the log"
                f" begins at {start}; records between are gone. To go"
                f" on without them: regulars offsets skip {self._consumer} --reason ...",
            )
        if (partition, expected) not in self._sought:
            self._sought.add((partition, expected))
            return False
        run(
            connection,
            """
            insert into consumer_gaps (consumer, topic, partition, from_offset, to_offset, reason)
            values (%(consumer)s, %(topic)s, %(partition)s, %(from)s, %(to)s, 'the log holds nothing here')
            on conflict do nothing
            """,
            {
                "consumer": self._consumer,
                "topic": partition.topic,
                "partition": partition.partition,
                "from": expected,
                "to": found,
            },
        )
        log.warning("gap_recorded", consumer=self._consumer, topic=partition.topic, at=expected, to=found)
        return True

    def move(self, connection: Connection, positions: Mapping[TopicPartition, int]) -> None:
        """What is before `positions` was handled."""
        if positions:
            run(
                connection,
                """
                update consumer_offsets o set next_offset = n.next_offset, moved_at = clock_timestamp()
                from unnest(%(topics)b::text[], %(partitions)b::int[], %(offsets)b::bigint[])
                  as n(topic, partition, next_offset)
                where o.consumer = %(consumer)s and o.topic = n.topic and o.partition = n.partition
                """,
                {
                    "consumer": self._consumer,
                    "topics": [tp.topic for tp in positions],
                    "partitions": [tp.partition for tp in positions],
                    "offsets": list(positions.values()),
                },
            )


def _is_compacted(topic: str) -> bool:
    return topic in TOPICS and TOPICS[topic].cleanup == "compact"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a consumer stands in one partition."""

    consumer: str
    topic: str
    partition: int
    next_offset: int


def list_offsets(engine: Engine) -> list[Place]:
    """Every consumer's place in every partition of one service."""
    with engine.begin() as connection:
        rows = fetch(
            connection,
            "select consumer, topic, partition, next_offset from consumer_offsets order by consumer, topic, partition",
        )
    return [Place(*row) for row in rows]


def skip_to_start(engine: Engine, consumer: Consumer, event_log: EventLog, reason: str) -> int:
    """Moves a consumer to where the log begins, in each partition that begins later; how many records it skips.

    Also accepts topics that were made anew: their offsets are the log's from now on. Each skip is a row in
    `consumer_gaps` with the operator's reason.
    """
    skipped = 0
    with engine.begin() as connection:
        rows = fetch(
            connection,
            "select topic, partition, next_offset, topic_id from consumer_offsets where consumer = %(consumer)s"
            " order by topic, partition for update",
            {"consumer": consumer.name},
        )
        for topic, partition, next_offset, topic_id in rows:
            start, anew = event_log.bounds(topic)[partition].start, event_log.topic_id(topic)
            if next_offset >= start and topic_id == anew:
                continue
            skipped += max(0, start - next_offset)
            names = {"consumer": consumer.name, "topic": topic, "partition": partition, "from": next_offset}
            run(
                connection,
                """
                insert into consumer_gaps (consumer, topic, partition, from_offset, to_offset, reason)
                values (%(consumer)s, %(topic)s, %(partition)s, %(from)s, %(to)s, %(reason)s) on conflict do nothing
                """,
                {**names, "to": start, "reason": reason},
            )
            run(
                connection,
                """
                update consumer_offsets set next_offset = %(to)s, topic_id = %(topic_id)s
                where consumer = %(consumer)s and topic = %(topic)s and partition = %(partition)s
                """,
                {**names, "to": start, "topic_id": anew},
            )
    return skipped
