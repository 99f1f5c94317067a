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
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.messaging.log import Bounds, EventLog
    from shared.messaging.message import Record

    Transact = Callable[[], AbstractContextManager[Connection]]

log = structlog.get_logger(__name__)

HOLES_KEPT_MAX = 1_000


class ConsumerStopped(RegularsError):
    """The consumer must not go on by itself: an operator has to look. `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Hole:
    """Nothing came between `expected` and the next record that was delivered."""

    partition: TopicPartition
    expected: int


class Offsets:
    """The offsets of one consumer.

    What it needs to know of the log is asked before a transaction begins, never inside: the log may take long.
    """

    def __init__(self, consumer: str, event_log: EventLog) -> None:
        self._consumer = consumer
        self._log = event_log
        self._next: dict[Hole, int] = {}
        """Where the log itself says that it goes on after a hole. Never changes: records are not put in later."""

    def topic_ids(self, topics: Iterable[str]) -> dict[str, UUID]:
        """What each topic is now. Asks the log."""
        return {topic: self._log.topic_id(topic) for topic in set(topics)}

    def begin(self, partitions: Sequence[TopicPartition], transact: Transact) -> dict[TopicPartition, int]:
        """The next offset of each partition; a new consumer starts at the log's beginning.

        Asks the log, then takes a connection by `transact`. Raises `ConsumerStopped` when a topic was made anew, and
        when it ends before what was handled.
        """
        topics = sorted({tp.topic for tp in partitions})
        ids, bounds = self.topic_ids(topics), {topic: self._log.bounds(topic) for topic in topics}
        with transact() as connection:
            run(
                connection,
                """
                insert into consumer_offsets (consumer, topic, partition, next_offset, topic_id)
                select %(consumer)s, * from unnest(
                  %(topics)b::text[], %(partitions)b::int[], %(starts)b::bigint[], %(ids)b::uuid[])
                on conflict do nothing
                """,
                {
                    "consumer": self._consumer,
                    "topics": [tp.topic for tp in partitions],
                    "partitions": [tp.partition for tp in partitions],
                    "starts": [bounds[tp.topic][tp.partition].start for tp in partitions],
                    "ids": [ids[tp.topic] for tp in partitions],
                },
            )
            places = self.lock(connection, partitions, ids)
        self._check_ends(places, bounds)
        return places

    def _check_ends(self, places: Mapping[TopicPartition, int], bounds: Mapping[str, Mapping[int, Bounds]]) -> None:
        for tp, at in places.items():
            # Another member may have handled what came since the log was asked: it is asked again.
            if at > bounds[tp.topic][tp.partition].end and at > (end := self._log.bounds(tp.topic)[tp.partition].end):
                code = "ahead_of_log"
                raise ConsumerStopped(
                    code,
                    f"{self._consumer}: {tp.topic}/{tp.partition} was handled up to {at}, the log ends at {end}; it has"
                    " lost its end, and what it takes in now would be passed over as handled. To go on from there:"
                    f" regulars offsets set {self._consumer} {tp.topic} {tp.partition} {end} --reason ...",
                )

    def lock(
        self,
        connection: Connection,
        partitions: Iterable[TopicPartition],
        topic_ids: Mapping[str, UUID],
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
            self._check_topic(topic, topic_id, topic_ids[topic])
            offsets[TopicPartition(topic, partition)] = next_offset
        return offsets

    def _check_topic(self, topic: str, known: UUID, now: UUID) -> None:
        if now != known:
            code = "topic_recreated"
            raise ConsumerStopped(
                code,
                f"{self._consumer}: topic {topic} was made anew, its offsets mean other records now",
            )

    def fresh(
        self,
        connection: Connection,
        records: Sequence[Record],
        topic_ids: Mapping[str, UUID],
    ) -> tuple[list[Record], dict[TopicPartition, int], list[Hole]]:
        """Records that were not handled yet and stand behind no hole, in order; where to go on from; the holes.

        A hole of which the log has said that it is its own is recorded and passed; of another one, ask `look_at`
        after the transaction, and read again.
        """
        by_partition: dict[TopicPartition, list[Record]] = {}
        for record in records:
            by_partition.setdefault(TopicPartition(record.topic, record.partition), []).append(record)
        offsets = self.lock(connection, by_partition, topic_ids)
        fresh: list[Record] = []
        positions: dict[TopicPartition, int] = {}
        holes: list[Hole] = []
        for partition, arrived in by_partition.items():
            if partition not in offsets:
                code = "offset_missing"
                raise ConsumerStopped(code, f"{self._consumer}: no offset is kept for {partition}")
            expected = offsets[partition]
            for record in sorted(arrived, key=lambda r: r.offset):
                if record.offset < expected:
                    continue
                if record.offset > expected:
                    hole = Hole(partition, expected)
                    if not self._is_the_logs_own(hole, record.offset):
                        holes.append(hole)
                        break
                    self._record_gap(connection, partition, expected, record.offset)
                fresh.append(record)
                expected = record.offset + 1
            positions[partition] = expected
        return fresh, positions, holes

    def _is_the_logs_own(self, hole: Hole, found: int) -> bool:
        # A compacted topic is full of holes: a newer record of the same key says it all.
        return _is_compacted(hole.partition.topic) or self._next.get(hole, -1) >= found

    def look_at(self, hole: Hole) -> None:
        """Asks the log how it goes on after `hole`.

        Raises `ConsumerStopped` when retention removed what was not handled.
        """
        partition, expected = hole.partition, hole.expected
        start = self._log.bounds(partition.topic)[partition.partition].start
        if expected < start:
            code = "data_lost_by_retention"
            raise ConsumerStopped(
                code,
                f"{self._consumer}: {partition.topic}/{partition.partition} was handled up to {expected}, the log"
                f" begins at {start}; records between are gone. To go"
                f" on without them: regulars offsets skip {self._consumer} --reason ...",
            )
        if len(self._next) >= HOLES_KEPT_MAX:
            self._next.clear()
        there = self._log.fetch({partition: expected}, 1)
        if there:
            self._next[hole] = there[0].offset

    def pass_over(self, ends: Mapping[TopicPartition, int], transact: Transact) -> dict[TopicPartition, int]:
        """Moves over what holds no record at the end of a partition, such as the mark of a transaction.

        `ends` is how far the log's reader believes to be; the log itself is asked. Where to read on.
        """
        ids = self.topic_ids(tp.topic for tp in ends)
        with transact() as connection:
            places = self.lock(connection, ends, ids)
        behind = {tp: at for tp, at in places.items() if at < ends[tp]}
        empty = {tp: ends[tp] for tp, at in behind.items() if not self._log.fetch({tp: at}, 1)}
        with transact() as connection:
            places = self.lock(connection, places, ids)
            empty = {tp: end for tp, end in empty.items() if places[tp] == behind[tp]}
            for tp, end in empty.items():
                self._record_gap(connection, tp, places[tp], end)
            self.move(connection, empty)
        return {**places, **empty}

    def _record_gap(self, connection: Connection, partition: TopicPartition, expected: int, found: int) -> None:
        if _is_compacted(partition.topic):
            return
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


def list_offsets(connection: Connection) -> list[Place]:
    """Every consumer's place in every partition of one service."""
    rows = fetch(
        connection,
        "select consumer, topic, partition, next_offset from consumer_offsets order by consumer, topic, partition",
    )
    return [Place(*row) for row in rows]
