"""The one recipe by which every consumer handles a batch of records, in one database transaction.

Lock the offsets, drop what was handled, find holes; decode; claim the inbox; hold what follows a parked
record; let the consumer decide and write; park and refuse; move the offsets; commit. The log is told only
after that, and only as a hint: the offsets in the database are the truth.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from shared.database.batch import fetch, run
from shared.database.engine import constraint_of, is_transient
from shared.kernel.errors import ConcurrencyConflict, RegularsError, Rejected, TransientError
from shared.kernel.failpoints import failpoint
from shared.messaging.decode import Undecodable, decode
from shared.messaging.message import TopicPartition
from shared.messaging.parking import Parking, blocked_keys, park, purge
from shared.observability import metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from shared.messaging.consumer import Consumer
    from shared.messaging.log import EventLog
    from shared.messaging.message import Message, Record

log = structlog.get_logger(__name__)

CONFLICT_ATTEMPTS_MAX = 5


class ConsumerStopped(RegularsError):
    """The consumer must not go on by itself: an operator has to look. `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class _Batch:
    """What one transaction found out about its records."""

    positions: dict[TopicPartition, int] = field(default_factory=dict)
    """Where to read on, per partition; also written as the new offsets, except for a seek back."""
    moved: dict[TopicPartition, int] = field(default_factory=dict)
    parked: list[Parking] = field(default_factory=list)
    refused: list[tuple[Message[Any], Rejected]] = field(default_factory=list)
    place: dict[int, int] = field(default_factory=dict)
    """id(record) -> its place in the batch."""
    blocked: dict[bytes, int] = field(default_factory=dict)
    """Keys that wait, and since which place: what comes later in the batch is parked behind, what came before not."""
    erased: list[bytes] = field(default_factory=list)
    """Keys whose parked bytes must go."""
    counts: dict[str, int] = field(default_factory=dict)

    def arrange(self, records: Sequence[Record]) -> None:
        """Remembers the order of the records."""
        self.place = {id(record): place for place, record in enumerate(records)}

    def holds(self, record: Record) -> bool:
        """Whether `record` comes after one of its key that is parked."""
        return record.key is not None and self.place[id(record)] > self.blocked.get(record.key, len(self.place))

    def block(self, record: Record) -> None:
        """What follows `record` with its key waits from now on."""
        if record.key is not None:
            place = self.place[id(record)]
            self.blocked[record.key] = min(place, self.blocked.get(record.key, place))

    def count(self, outcome: str, n: int = 1) -> None:
        self.counts[outcome] = self.counts.get(outcome, 0) + n


class BatchReader:
    """Runs one consumer of one service: the side that a log drives (`shared.messaging.log.Reader`)."""

    def __init__(self, engine: Engine, consumer: Consumer, event_log: EventLog) -> None:
        self._engine = engine
        self._consumer = consumer
        self._log = event_log
        self._sought: set[tuple[TopicPartition, int]] = set()
        """Holes for which we have already asked the log once more."""

    @property
    def topics(self) -> Sequence[str]:
        return self._consumer.topics

    @property
    def batch_size_max(self) -> int:
        return self._consumer.batch_size_max

    def positions(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The next offset of each partition; a new consumer starts at the log's beginning.

        Raises `ConsumerStopped` when a topic was made anew or retention removed what was not handled.
        """
        with self._engine.begin() as connection:
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
                        "consumer": self._consumer.name,
                        "topic": topic,
                        "topic_id": self._log.topic_id(topic),
                        "partitions": owned,
                        "starts": [bounds[partition].start for partition in owned],
                    },
                )
            return self._lock_offsets(connection, partitions)

    def handle(self, records: Sequence[Record]) -> Mapping[TopicPartition, int]:
        """Handles `records` in one transaction; see `shared.messaging.log.Reader.handle`."""
        started = time.perf_counter()
        for attempt in range(1, CONFLICT_ATTEMPTS_MAX + 1):
            try:
                with self._engine.begin() as connection:
                    batch = self._handle(connection, records, lock=attempt > 1)
                    failpoint("consumer.before_commit")
                failpoint("consumer.after_commit")
            except ConcurrencyConflict:
                # Somebody appended over HTTP meanwhile: decide again on what they left, streams locked first.
                metrics.CONFLICTS.labels(self._consumer.name).inc()
            except Exception as error:
                if is_transient(error):
                    raise TransientError(str(error)) from error
                raise
            else:
                metrics.BATCH_SECONDS.labels(self._consumer.name).observe(time.perf_counter() - started)
                metrics.BATCH_RECORDS.labels(self._consumer.name).observe(len(records))
                for outcome, n in batch.counts.items():
                    metrics.CONSUMED.labels(self._consumer.name, outcome).inc(n)
                return batch.positions
        msg = f"{self._consumer.name}: {CONFLICT_ATTEMPTS_MAX} conflicts in a row"
        raise TransientError(msg)

    def _handle(self, connection: Connection, records: Sequence[Record], *, lock: bool) -> _Batch:
        batch = _Batch()
        fresh = self._fresh(connection, records, batch)
        batch.arrange(fresh)
        messages = list(self._decode(fresh, batch))
        failpoint("consumer.before_claim")
        claimed = self._claim(connection, messages, batch)
        if self._ordered:
            keys = {m.key for m in claimed if m.key is not None}
            batch.blocked.update(dict.fromkeys(blocked_keys(connection, self._consumer.name, keys), -1))
        self.apply(connection, claimed, batch, lock=lock)
        self.settle(connection, batch)
        self._move_offsets(connection, batch.moved)
        return batch

    def again(self, connection: Connection, records: Sequence[Record]) -> int:
        """Handles parked records once more, outside the offsets; returns how many are parked again.

        The inbox was claimed when they first came, except for those that could not be read then: a copy of
        one of those may have been handled meanwhile, and the claim finds out.
        """
        batch = _Batch()
        batch.arrange(records)
        messages = list(self._decode(records, batch))
        self._claim(connection, messages, batch)
        batch.counts.pop("duplicate", None)
        self.apply(connection, messages, batch, lock=True)
        self.settle(connection, batch)
        return len(batch.parked)

    @property
    def _ordered(self) -> bool:
        return self._consumer.order == "key"

    def _lock_offsets(
        self,
        connection: Connection,
        partitions: Iterable[TopicPartition],
    ) -> dict[TopicPartition, int]:
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
                "consumer": self._consumer.name,
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
                f"{self._consumer.name}: topic {topic} was made anew, its offsets mean other records now",
            )

    def _fresh(self, connection: Connection, records: Sequence[Record], batch: _Batch) -> list[Record]:
        """Records that were not handled yet and stand behind no hole, in order."""
        by_partition: dict[TopicPartition, list[Record]] = {}
        for record in records:
            by_partition.setdefault(TopicPartition(record.topic, record.partition), []).append(record)
        offsets = self._lock_offsets(connection, by_partition)
        fresh: list[Record] = []
        for partition, arrived in by_partition.items():
            if partition not in offsets:
                code = "offset_missing"
                raise ConsumerStopped(code, f"{self._consumer.name}: no offset is kept for {partition}")
            expected = offsets[partition]
            for record in sorted(arrived, key=lambda r: r.offset):
                if record.offset < expected:
                    batch.count("redelivered")
                    continue
                if record.offset > expected and not self._past_hole(connection, partition, expected, record.offset):
                    break
                fresh.append(record)
                expected = record.offset + 1
            batch.positions[partition] = expected
            if expected != offsets[partition]:
                batch.moved[partition] = expected
        return fresh

    def _past_hole(self, connection: Connection, partition: TopicPartition, expected: int, found: int) -> bool:
        """Whether the hole from `expected` to `found` is the log's own; asks the log once more at first."""
        start = self._log.bounds(partition.topic)[partition.partition].start
        if expected < start:
            code = "data_lost_by_retention"
            raise ConsumerStopped(
                code,
                f"{self._consumer.name}: {partition.topic}/{partition.partition} was handled up to {expected}, the log"
                f" begins at {start}; records between are gone. To go on without them: regulars offsets skip --reason",
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
                "consumer": self._consumer.name,
                "topic": partition.topic,
                "partition": partition.partition,
                "from": expected,
                "to": found,
            },
        )
        log.warning("gap_recorded", consumer=self._consumer.name, topic=partition.topic, at=expected, to=found)
        return True

    def _decode(self, records: Iterable[Record], batch: _Batch) -> Iterable[Message[Any]]:
        for record in records:
            try:
                message = decode(record, self._consumer.views)
                if message is not None and self._ordered and record.key is None:
                    code = "key_missing"
                    raise Undecodable(code, f"{message.type} needs a key: it orders this consumer")  # noqa: TRY301
            except Undecodable as broken:
                batch.parked.append(Parking(record, broken.code, str(broken), follower=False))
                batch.count("parked")
                if self._ordered:
                    batch.block(record)
                continue
            if message is None:
                batch.count("passed_over")
            else:
                yield message

    def _claim(self, connection: Connection, messages: Sequence[Message[Any]], batch: _Batch) -> list[Message[Any]]:
        if not messages:
            return []
        rows = fetch(
            connection,
            """
            insert into inbox (consumer, generation, source, event_id)
            select %(consumer)s, %(generation)s, source, event_id
            from unnest(%(sources)b::text[], %(ids)b::uuid[]) as w(source, event_id)
            on conflict do nothing returning source, event_id
            """,
            {
                "consumer": self._consumer.name,
                "generation": self._consumer.generation,
                "sources": [m.source for m in messages],
                "ids": [m.event_id for m in messages],
            },
        )
        new = {(source, event_id) for source, event_id in rows}
        claimed: list[Message[Any]] = []
        for message in messages:
            if (message.source, message.event_id) in new:
                new.discard((message.source, message.event_id))
                claimed.append(message)
            else:
                batch.count("duplicate")
        return claimed

    def apply(
        self,
        connection: Connection,
        messages: Sequence[Message[Any]],
        batch: _Batch,
        *,
        lock: bool,
    ) -> None:
        """Handles `messages`; what cannot be handled is parked and undone, its neighbours are not."""
        ready = self._hold_followers(messages, batch)
        if not ready:
            return
        savepoint = connection.begin_nested()
        try:
            outcomes = self._consumer.handle(connection, ready, lock=lock)
        except Exception as error:
            if isinstance(error, ConcurrencyConflict | TransientError) or is_transient(error):
                raise
            savepoint.rollback()
            self._bisect(connection, ready, batch, error, lock=lock)
            return
        failed = [
            (message, outcome.error)
            for message, outcome in zip(ready, outcomes, strict=True)
            if outcome.error is not None and not isinstance(outcome.error, Rejected)
        ]
        if failed:
            # Undo the batch and decide it again without them: what followed them must not have been handled.
            savepoint.rollback()
            parked = set()
            for message, reason in failed:
                if not self._must_wait(message, batch):
                    self._park(message, reason, batch)
                    parked.add(id(message))
            self.apply(connection, [m for m in ready if id(m) not in parked], batch, lock=lock)
            return
        savepoint.commit()
        for message, outcome in zip(ready, outcomes, strict=True):
            if isinstance(outcome.error, Rejected):
                batch.refused.append((message, outcome.error))
                batch.count("refused")
            else:
                batch.count("applied")
            if message.type == self._consumer.erased_by and message.key is not None:
                batch.erased.append(message.key)

    def _hold_followers(
        self,
        messages: Sequence[Message[Any]],
        batch: _Batch,
    ) -> list[Message[Any]]:
        ready = []
        for message in messages:
            if self._must_wait(message, batch):
                batch.parked.append(
                    Parking(message.record, "behind_parked", "waits behind a parked record", follower=True),
                )
                batch.count("parked")
            else:
                ready.append(message)
        return ready

    def _must_wait(self, message: Message[Any], batch: _Batch) -> bool:
        return batch.holds(message.record) and message.type not in self._consumer.urgent

    def _bisect(
        self,
        connection: Connection,
        messages: Sequence[Message[Any]],
        batch: _Batch,
        error: Exception,
        *,
        lock: bool,
    ) -> None:
        if len(messages) > 1:
            middle = len(messages) // 2
            self.apply(connection, messages[:middle], batch, lock=lock)
            self.apply(connection, messages[middle:], batch, lock=lock)
        elif constraint_of(error) == "events_event_id":
            # The permanent guard behind the inbox: the events that follow from this record exist.
            batch.count("duplicate")
        else:
            self._park(messages[0], error, batch)

    def _park(self, message: Message[Any], error: Exception, batch: _Batch) -> None:
        code = getattr(error, "code", None) or type(error).__name__
        log.error("record_parked", consumer=self._consumer.name, type=message.type, reason=code, exc_info=error)
        # The class, not the text: an error's text can quote the record.
        detail = str(error) if isinstance(error, RegularsError) else type(error).__name__
        batch.parked.append(Parking(message.record, str(code), detail, follower=False))
        batch.count("parked")
        if self._ordered:
            batch.block(message.record)

    def settle(self, connection: Connection, batch: _Batch) -> None:
        """Writes what was parked and refused."""
        park(connection, self._consumer.name, batch.parked)
        for key in batch.erased:
            purge(connection, self._consumer.name, key)
        for message, rejected in batch.refused:
            run(
                connection,
                """
                insert into refused (consumer, event_id, type, code, detail)
                values (%(consumer)s, %(event_id)s, %(type)s, %(code)s, %(detail)s)
                """,
                {
                    "consumer": self._consumer.name,
                    "event_id": message.event_id,
                    "type": message.type,
                    "code": rejected.code,
                    "detail": rejected.message,
                },
            )

    def _move_offsets(self, connection: Connection, moved: Mapping[TopicPartition, int]) -> None:
        if moved:
            run(
                connection,
                """
                update consumer_offsets o set next_offset = n.next_offset, moved_at = clock_timestamp()
                from unnest(%(topics)b::text[], %(partitions)b::int[], %(offsets)b::bigint[])
                  as n(topic, partition, next_offset)
                where o.consumer = %(consumer)s and o.topic = n.topic and o.partition = n.partition
                """,
                {
                    "consumer": self._consumer.name,
                    "topics": [tp.topic for tp in moved],
                    "partitions": [tp.partition for tp in moved],
                    "offsets": list(moved.values()),
                },
            )
