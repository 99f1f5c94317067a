"""The event log in PostgreSQL, for embedded mode: dense offsets, the same promises as Kafka."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

import structlog

from shared.contracts.topics import CATALOGUE, RECORD_BYTES_MAX
from shared.database.batch import copy_rows, fetch, run
from shared.database.engine import is_transient
from shared.kernel.errors import InvariantViolated, TransientError
from shared.kernel.failpoints import failpoint
from shared.kernel.pace import Pace
from shared.messaging.log import Bounds, Refusal, partition_of
from shared.messaging.message import Record, TopicPartition
from shared.messaging.offsets import ConsumerStopped

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence, Sized
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from shared.contracts.envelope import Outgoing
    from shared.contracts.topics import Topic
    from shared.messaging.log import Member, Reader

log = structlog.get_logger(__name__)

SCHEMA = "log"
TOPIC_ID_AGE_S_MAX = 5.0


class PostgresLog:
    """Topics as tables. `engine` connects as the log's application role, with the log's schema."""

    def __init__(self, engine: Engine, catalogue: Sequence[Topic] = CATALOGUE) -> None:
        self._engine = engine
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._partitions = {topic.name: topic.partitions for topic in catalogue}
        self._topic_ids: dict[str, tuple[float, UUID]] = {}

    def apply_catalogue(self) -> None:
        """Makes the topics that are missing. Repeatable."""
        with self._engine.begin() as connection:
            for topic, partitions in self._partitions.items():
                run(
                    connection,
                    "insert into topics (topic, partitions) values (%(topic)s, %(partitions)s) on conflict do nothing",
                    {"topic": topic, "partitions": partitions},
                )
                run(
                    connection,
                    "insert into partitions (topic, partition) select %(topic)s, generate_series(0, %(last)s)"
                    " on conflict do nothing",
                    {"topic": topic, "last": partitions - 1},
                )

    def publish(self, records: Sequence[Outgoing]) -> Sequence[Refusal]:
        refusals: list[Refusal] = []
        refused_keys: set[tuple[str, bytes]] = set()
        by_partition: dict[TopicPartition, list[Outgoing]] = {}
        for record in records:
            size = len(record.body) + len(record.headers) + len(record.key)
            if (record.topic, record.key) in refused_keys:
                refusals.append(Refusal(record.event_id, "behind a refused record of its key"))
            elif record.topic not in self._partitions or size > RECORD_BYTES_MAX:
                known = record.topic in self._partitions
                reason = f"{size} bytes, a record takes {RECORD_BYTES_MAX}" if known else "the topic does not exist"
                refused_keys.add((record.topic, record.key))
                refusals.append(Refusal(record.event_id, reason))
            else:
                partition = partition_of(record.key, self._partitions[record.topic])
                by_partition.setdefault(TopicPartition(record.topic, partition), []).append(record)
        if by_partition:
            self._append(by_partition)
        return refusals

    def _append(self, by_partition: Mapping[TopicPartition, Sequence[Outgoing]]) -> None:
        try:
            with self._engine.begin() as connection:
                # The row lock makes offsets dense and gives them out in commit order: a second writer of the same
                # partition waits here until the first has committed or is gone.
                ends = _take_ends(connection, sorted(by_partition))
                copy_rows(
                    connection,
                    'records (topic, partition, "offset", key, headers, body)',
                    (
                        (*partition, ends[partition] + n, record.key, record.headers, record.body)
                        for partition, records in by_partition.items()
                        for n, record in enumerate(records)
                    ),
                    types=("text", "int4", "int8", "bytea", "bytea", "bytea"),
                )
                run(
                    connection,
                    """
                    update partitions p set end_offset = p.end_offset + n.added
                    from unnest(%(topics)b::text[], %(partitions)b::int[], %(added)b::bigint[])
                      as n(topic, partition, added)
                    where p.topic = n.topic and p.partition = n.partition
                    """,
                    {**_columns(list(by_partition)), "added": [len(records) for records in by_partition.values()]},
                )
                failpoint("log.before_commit")
        except Exception as error:
            if is_transient(error):
                raise TransientError(str(error)) from error
            raise

    def bounds(self, topic: str) -> Mapping[int, Bounds]:
        with self._engine.begin() as connection:
            rows = fetch(
                connection,
                """
                select p.partition, p.end_offset,
                  coalesce((select min(r."offset") from records r
                            where r.topic = p.topic and r.partition = p.partition), p.end_offset)
                from partitions p where p.topic = %(topic)s
                """,
                {"topic": topic},
            )
        return {partition: Bounds(start, end) for partition, end, start in rows}

    def topic_id(self, topic: str) -> UUID:
        known = self._topic_ids.get(topic)
        if known is not None and time.monotonic() - known[0] < TOPIC_ID_AGE_S_MAX:
            return known[1]
        with self._engine.begin() as connection:
            rows = fetch(connection, "select topic_id from topics where topic = %(topic)s", {"topic": topic})
        if not rows:
            msg = f"topic {topic} does not exist; apply the catalogue first"
            raise InvariantViolated(msg)
        topic_id: UUID = rows[0][0]
        self._topic_ids[topic] = (time.monotonic(), topic_id)
        return topic_id

    def feed(self, reader: Reader, member: Member, stop: threading.Event) -> None:
        owned = [
            TopicPartition(topic, partition)
            for topic in reader.topics
            for partition in range(self._partitions[topic])
            if member.owns(partition)
        ]
        reader.assigned(owned)
        positions: dict[TopicPartition, int] = {}
        pace = Pace(reader.batch_size_max, awaited=reader.awaited)
        while owned and not stop.is_set():
            try:
                pace.begin()
                positions = positions or dict(reader.positions(owned))
                records = self.fetch(positions, reader.batch_size_max)
                if records:
                    positions.update(reader.handle(records))
                stop.wait(pace.rest_after(len(records), backlog=_cut_off(records, positions, reader.batch_size_max)))
            except ConsumerStopped as stopped:
                log.exception("consumer_stopped", code=stopped.code)
                return
            except Exception as error:
                if not (isinstance(error, TransientError) or is_transient(error)):
                    raise
                positions = {}
                log.warning("consumer_waits", topics=reader.topics, error=type(error.__cause__ or error).__name__)
                stop.wait(pace.back_off())

    def close(self) -> None:
        self._engine.dispose()

    def fetch(self, positions: Mapping[TopicPartition, int], limit: int) -> list[Record]:
        """The next records of each partition in offset order, at most about `limit` in all."""
        each = _of_each(positions, limit)
        # One statement and nothing around it: most looks find little, and a transaction would double their cost.
        with self._reading.connect() as connection:
            rows = fetch(
                connection,
                """
                select w.topic, w.partition, r."offset", r.key, r.headers, r.body
                from unnest(%(topics)b::text[], %(partitions)b::int[], %(offsets)b::bigint[])
                  as w(topic, partition, next_offset)
                cross join lateral (
                  select "offset", key, headers, body from records
                  where topic = w.topic and partition = w.partition and "offset" >= w.next_offset
                  order by "offset" limit %(each)s) r
                """,
                {**_columns(list(positions)), "offsets": list(positions.values()), "each": each},
                binary=True,
            )
        return [
            Record(topic, partition, offset, key, headers, body)
            for topic, partition, offset, key, headers, body in rows
        ]


def _of_each(positions: Sized, limit: int) -> int:
    """How many records one partition gives at once."""
    return max(1, limit // max(1, len(positions)))


def _cut_off(records: Sequence[Record], positions: Sized, limit: int) -> bool:
    """Whether a partition had as many as it may give, and so may have more."""
    given = Counter((record.topic, record.partition) for record in records)
    return any(count >= _of_each(positions, limit) for count in given.values())


def _take_ends(connection: Connection, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    rows = fetch(
        connection,
        """
        select p.topic, p.partition, p.end_offset from partitions p
        join unnest(%(topics)b::text[], %(partitions)b::int[]) as w(topic, partition)
          on p.topic = w.topic and p.partition = w.partition
        order by p.topic, p.partition for update of p
        """,
        _columns(partitions),
    )
    return {TopicPartition(topic, partition): end for topic, partition, end in rows}


def _columns(partitions: Sequence[TopicPartition]) -> dict[str, object]:
    return {"topics": [tp.topic for tp in partitions], "partitions": [tp.partition for tp in partitions]}
