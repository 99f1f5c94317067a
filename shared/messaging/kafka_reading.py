"""Asking Kafka: ends, topic ids, records from a place. For operators and rebuilds, on kafka-python."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kafka import KafkaAdminClient, KafkaConsumer
from kafka import TopicPartition as ClientPartition
from kafka.errors import KafkaError

from shared.contracts.envelope import encode_headers
from shared.contracts.topics import BATCH_BYTES_MAX
from shared.kernel.errors import InvariantViolated, TransientError
from shared.messaging import kafka_headers  # noqa: F401 - lets kafka-python read every record
from shared.messaging.log import Bounds
from shared.messaging.message import Record, TopicPartition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeVar

    from shared.messaging.kafka_settings import KafkaSettings

    T = TypeVar("T")

TOPIC_ID_AGE_S_MAX = 5.0
POLL_MS = 200
FETCH_S_MAX = 30.0
READ_AHEAD_MAX = 10_000
"""Records of one answer; their bytes are bounded by the client: about 2 MiB a partition."""
REQUEST_TIMEOUT_MS = 15_000
BOOTSTRAP_TIMEOUT_MS = 5_000


@dataclass
class _Ahead:
    """What was read ahead of a partition: `records` follow `position`, where the last caller left off."""

    position: int
    records: deque[Record] = field(default_factory=deque)


class Reading:
    """One admin client and one consumer without a group, made on first use, one caller at a time."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._guard = threading.RLock()
        self._admin: KafkaAdminClient | None = None
        self._consumer: KafkaConsumer | None = None
        self._ahead: dict[ClientPartition, _Ahead] = {}
        self._topic_ids: dict[str, tuple[float, UUID]] = {}

    def bounds(self, topic: str) -> Mapping[int, Bounds]:
        """See `shared.messaging.log.EventLog.bounds`."""
        return self._ask(lambda: self._bounds(topic))

    def topic_id(self, topic: str) -> UUID:
        """See `shared.messaging.log.EventLog.topic_id`. At most `TOPIC_ID_AGE_S_MAX` old."""
        known = self._topic_ids.get(topic)
        if known is not None and time.monotonic() - known[0] < TOPIC_ID_AGE_S_MAX:
            return known[1]
        topic_id = UUID(str(self._ask(lambda: self._describe(topic))["topic_id"]))
        self._topic_ids[topic] = (time.monotonic(), topic_id)
        return topic_id

    def fetch(self, positions: Mapping[TopicPartition, int], limit: int) -> list[Record]:
        """See `shared.messaging.log.EventLog.fetch`."""
        return self._ask(lambda: self._fetch(positions, limit)) if positions else []

    def close(self) -> None:
        """Lets go of the connections."""
        with self._guard:
            for client in (self._consumer, self._admin):
                if client is not None:
                    client.close()
            self._consumer = self._admin = None
            self._ahead.clear()

    def _ask(self, question: Callable[[], T]) -> T:
        with self._guard:
            try:
                return question()
            except KafkaError as error:
                self.close()
                msg = f"Kafka does not answer: {type(error).__name__}"
                raise TransientError(msg) from error

    def _describe(self, topic: str) -> dict[str, Any]:
        if self._admin is None:
            self._admin = KafkaAdminClient(
                **self._settings.kafka_python_options(),
                client_id="regulars-admin",
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT_MS,
            )
        name = self._settings.physical(topic)
        [described] = self._admin.describe_topics([name])
        if described["error_code"]:
            msg = f"topic {name} does not exist on the cluster; run: regulars topics apply"
            raise InvariantViolated(msg)
        return dict(described)

    def _client(self) -> KafkaConsumer:
        if self._consumer is None:
            self._consumer = KafkaConsumer(
                **self._settings.kafka_python_options(),
                client_id="regulars-reader",
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
                allow_auto_create_topics=False,
                max_partition_fetch_bytes=BATCH_BYTES_MAX,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT_MS,
            )
        return self._consumer

    def _bounds(self, topic: str) -> dict[int, Bounds]:
        name = self._settings.physical(topic)
        count = len(self._describe(topic)["partitions"])
        partitions = [ClientPartition(name, number) for number in range(count)]
        starts, ends = self._client().beginning_offsets(partitions), self._client().end_offsets(partitions)
        return {p.partition: Bounds(starts[p], ends[p]) for p in partitions}

    def _fetch(self, positions: Mapping[TopicPartition, int], limit: int) -> list[Record]:
        wanted = {ClientPartition(self._settings.physical(tp.topic), tp.partition): at for tp, at in positions.items()}
        missing = {p: at for p, at in wanted.items() if not self._holds(p, at)}
        if missing:
            self._read_ahead(missing)
        each = max(1, limit // len(wanted))
        return [record for p in wanted for record in self._take(p, each)]

    def _holds(self, partition: ClientPartition, position: int) -> bool:
        ahead = self._ahead.get(partition)
        return ahead is not None and ahead.position == position and bool(ahead.records)

    def _take(self, partition: ClientPartition, count: int) -> Iterator[Record]:
        ahead = self._ahead[partition]
        for _ in range(min(count, len(ahead.records))):
            record = ahead.records.popleft()
            ahead.position = record.offset + 1
            yield record

    def _read_ahead(self, positions: Mapping[ClientPartition, int]) -> None:
        """Reads on in each partition until it gave a record or has none: nobody may take slowness for a hole."""
        client = self._client()
        ends, starts = client.end_offsets(list(positions)), client.beginning_offsets(list(positions))
        for partition, position in positions.items():
            self._ahead[partition] = _Ahead(position)
        unread = {p for p, at in positions.items() if at < ends[p]}
        client.assign(list(unread))
        for partition in unread:
            client.seek(partition, max(positions[partition], starts[partition]))
        deadline = time.monotonic() + FETCH_S_MAX
        while unread:
            for partition, items in client.poll(timeout_ms=POLL_MS, max_records=READ_AHEAD_MAX).items():
                self._ahead[partition].records.extend(self._record(item) for item in items)
            # Past control records and what compaction took, a partition ends without a record.
            unread = {p for p in unread if not self._ahead[p].records and client.position(p) < ends[p]}
            if unread and time.monotonic() > deadline:
                msg = f"Kafka gave nothing of {', '.join(map(str, sorted(unread)))} in {FETCH_S_MAX:.0f} s"
                raise TransientError(msg)

    def _record(self, item: Any) -> Record:  # noqa: ANN401 - the client library has no types
        headers = encode_headers({name: value or b"" for name, value in item.headers})
        return Record(self._settings.logical(item.topic), item.partition, item.offset, item.key, headers, item.value)
