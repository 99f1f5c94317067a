"""The one recipe by which every consumer handles a batch of records, in one database transaction.

Lock the offsets, drop what was handled, find holes; decode; claim the inbox; hold what follows a parked
record; let the consumer decide and write; park and refuse; move the offsets; commit. The log is told only
after that, and only as a hint: the offsets in the database are the truth.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from shared.database.batch import fetch, run
from shared.database.engine import constraint_of, is_transient, lost_a_race
from shared.kernel.errors import ConcurrencyConflict, RegularsError, Rejected, TransientError
from shared.kernel.failpoints import failpoint
from shared.messaging.decode import Undecodable
from shared.messaging.offsets import ConsumerStopped, Hole, Offsets
from shared.messaging.parking import Parking, blocked_keys, park, purge
from shared.messaging.progress import Progress
from shared.observability import metrics, tracing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from shared.messaging.consumer import Consumer
    from shared.messaging.log import EventLog
    from shared.messaging.message import Message, Record, TopicPartition
    from shared.messaging.parking import Parked
    from shared.observability.tracing import BatchSpans

log = structlog.get_logger(__name__)

CONFLICT_ATTEMPTS_MAX = 5


@dataclass
class _Batch:
    """What one transaction found out about its records."""

    spans: BatchSpans
    positions: dict[TopicPartition, int] = field(default_factory=dict)
    """Where to read on, per partition: also the new offsets."""
    holes: list[Hole] = field(default_factory=list)
    """Holes in what was delivered, which the log has not been asked about yet."""
    parked: list[Parking] = field(default_factory=list)
    refused: list[tuple[Message[Any], Rejected]] = field(default_factory=list)
    place: dict[int, int] = field(default_factory=dict)
    """id(record) -> its place in the batch."""
    blocked: dict[bytes, int] = field(default_factory=dict)
    """Keys that wait, and since which place: what comes later in the batch is parked behind, what came before not."""
    erased: dict[bytes, int] = field(default_factory=dict)
    """Keys whose parked bytes must go, and the place of the erasure: what comes later may stay."""
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
        self._offsets = Offsets(consumer.name, event_log)
        self.progress = Progress()

    @property
    def name(self) -> str:
        return self._consumer.name

    @property
    def topics(self) -> Sequence[str]:
        return self._consumer.topics

    @property
    def batch_size_max(self) -> int:
        return self._consumer.batch_size_max

    @property
    def awaited(self) -> bool:
        return self._consumer.awaited

    def assigned(self, partitions: Sequence[TopicPartition]) -> None:
        """What this member reads from now on; nothing makes it a spare."""
        self.progress.partitions = tuple(partitions)

    def positions(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The next offset of each partition, from the database."""
        with self._noticing_a_stop():
            return self._offsets.begin(partitions, self._engine.begin)

    def pass_over(self, ends: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, int]:
        """See `shared.messaging.log.Reader.pass_over`."""
        with self._noticing_a_stop():
            return self._offsets.pass_over(ends, self._engine.begin)

    @contextmanager
    def _noticing_a_stop(self) -> Iterator[None]:
        try:
            yield
        except ConsumerStopped as stopped:
            self.progress.stopped = stopped.code
            metrics.CONSUMER_STOPPED.labels(self._consumer.name).set(1)
            raise

    def handle(self, records: Sequence[Record]) -> Mapping[TopicPartition, int]:
        """Handles `records` in one transaction; see `shared.messaging.log.Reader.handle`."""
        started = time.perf_counter()
        # Asked before the transaction: whoever waits for the log must not hold locks.
        topic_ids = self._offsets.topic_ids(record.topic for record in records)
        for attempt in range(1, CONFLICT_ATTEMPTS_MAX + 1):
            try:
                with self._noticing_a_stop(), self._engine.begin() as connection:
                    batch = self._handle(connection, records, topic_ids, lock=attempt > 1)
                    failpoint("consumer.before_commit")
                failpoint("consumer.after_commit")
            except Exception as error:
                if isinstance(error, ConcurrencyConflict) or lost_a_race(error):
                    # Somebody appended over HTTP meanwhile: decide again on what they left, streams locked first.
                    metrics.CONFLICTS.labels(self._consumer.name).inc()
                    continue
                if is_transient(error):
                    raise TransientError(str(error)) from error
                raise
            else:
                self.progress.step()
                batch.spans.end()
                with self._noticing_a_stop():
                    for hole in batch.holes:
                        self._offsets.look_at(hole)
                metrics.BATCH_SECONDS.labels(self._consumer.name).observe(time.perf_counter() - started)
                metrics.BATCH_RECORDS.labels(self._consumer.name).observe(len(records))
                for outcome, n in batch.counts.items():
                    metrics.CONSUMED.labels(self._consumer.name, outcome).inc(n)
                return batch.positions
        msg = f"{self._consumer.name}: {CONFLICT_ATTEMPTS_MAX} conflicts in a row"
        raise TransientError(msg)

    def _handle(
        self,
        connection: Connection,
        records: Sequence[Record],
        topic_ids: Mapping[str, UUID],
        *,
        lock: bool,
    ) -> _Batch:
        batch = _Batch(tracing.processing(self._consumer.name))
        fresh, batch.positions, batch.holes = self._offsets.fresh(connection, records, topic_ids)
        batch.count("redelivered", len(records) - len(fresh))
        batch.arrange(fresh)
        messages = list(self._decode(fresh, batch))
        failpoint("consumer.before_claim")
        claimed = [_followed(message, batch) for message in self._claim(connection, messages, batch)]
        if self._ordered:
            keys = {m.key for m in claimed if m.key is not None}
            batch.blocked.update(dict.fromkeys(blocked_keys(connection, self._consumer.name, keys), -1))
        self.apply(connection, claimed, batch, lock=lock)
        self.settle(connection, batch)
        self._offsets.move(connection, batch.positions)
        return batch

    def again(self, connection: Connection, parked: Sequence[Parked]) -> int:
        """Handles parked records once more, outside the offsets; returns how many are parked again.

        Those that could not be read when they came have no claim yet: a copy may have been handled meanwhile, or
        be parked beside them, and the claim finds out.
        """
        batch = _Batch(tracing.processing(self._consumer.name))
        records = [row.record for row in parked]
        batch.arrange(records)
        unclaimed = {id(row.record) for row in parked if not row.claimed}
        messages = list(self._decode(records, batch))
        claimed = self._claim(connection, [m for m in messages if id(m.record) in unclaimed], batch)
        new = {id(message) for message in claimed}
        self.apply(
            connection,
            [m for m in messages if id(m) in new or id(m.record) not in unclaimed],
            batch,
            lock=True,
        )
        self.settle(connection, batch)
        return len(batch.parked)

    @property
    def _ordered(self) -> bool:
        return self._consumer.order == "key"

    def _decode(self, records: Iterable[Record], batch: _Batch) -> Iterable[Message[Any]]:
        for record in records:
            try:
                message = self._consumer.decode(record, self._consumer.views)
                if message is not None and self._ordered and record.key is None:
                    code = "key_missing"
                    raise Undecodable(code, f"{message.type} needs a key: it orders this consumer")  # noqa: TRY301
            except Undecodable as broken:
                batch.parked.append(Parking(record, broken.code, str(broken), follower=False, claimed=False))
                batch.count("parked")
                if self._ordered:
                    batch.block(record)
                continue
            if message is None:
                batch.count("passed_over")
            else:
                yield message

    def _claim(self, connection: Connection, messages: Sequence[Message[Any]], batch: _Batch) -> list[Message[Any]]:
        if not messages or self._consumer.repeatable:
            return list(messages)
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
                batch.erased[message.key] = batch.place[id(message.record)]

    def _hold_followers(
        self,
        messages: Sequence[Message[Any]],
        batch: _Batch,
    ) -> list[Message[Any]]:
        ready = []
        for message in messages:
            if self._must_wait(message, batch):
                batch.parked.append(
                    Parking(
                        message.record, "behind_parked", "waits behind a parked record", follower=True, claimed=True
                    ),
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
        log.error(
            "record_parked",
            consumer=self._consumer.name,
            type=message.type,
            reason=code,
            correlation_id=str(message.cause.correlation_id),
            causation_id=str(message.event_id),
            **tracing.log_fields(message.cause.trace),
            exc_info=error,
        )
        # The class, not the text: an error's text can quote the record.
        detail = str(error) if isinstance(error, RegularsError) else type(error).__name__
        batch.parked.append(Parking(message.record, str(code), detail, follower=False, claimed=True))
        batch.count("parked")
        if self._ordered:
            batch.block(message.record)

    def settle(self, connection: Connection, batch: _Batch) -> None:
        """Writes what was parked and refused."""
        for key in batch.erased:
            purge(connection, key)
        park(
            connection,
            self._consumer.name,
            [
                p.without_bytes() if batch.place[id(p.record)] < batch.erased.get(p.record.key or b"", -1) else p
                for p in batch.parked
            ],
        )
        if batch.refused:
            run(
                connection,
                """
                insert into refused (consumer, event_id, type, code, detail)
                select %(consumer)s, * from unnest(
                  %(ids)b::uuid[], %(types)b::text[], %(codes)b::text[], %(details)b::text[])
                """,
                {
                    "consumer": self._consumer.name,
                    "ids": [message.event_id for message, _ in batch.refused],
                    "types": [message.type for message, _ in batch.refused],
                    "codes": [rejected.code for _, rejected in batch.refused],
                    "details": [rejected.message.replace("\x00", "") for _, rejected in batch.refused],
                },
            )


def _followed(message: Message[Any], batch: _Batch) -> Message[Any]:
    """`message`, whose consequences belong to the batch's own span of its trace; nearly always it has none."""
    trace = message.cause.trace
    if trace is None:
        return message
    return message._replace(cause=message.cause._replace(trace=batch.spans.follow(trace)))
