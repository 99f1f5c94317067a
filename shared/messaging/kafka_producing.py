"""Publishing to Kafka: in order within a key, every record acknowledged by all replicas before the call returns."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import structlog
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    UnknownTopicOrPartitionError,
)
from faststream.kafka import KafkaBroker

from shared.contracts.envelope import decode_headers
from shared.contracts.topics import BATCH_BYTES_MAX, RECORD_BYTES_MAX, TOPICS
from shared.kernel.errors import TransientError
from shared.messaging.log import Refusal

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from typing import Any, TypeVar

    from shared.contracts.envelope import Outgoing
    from shared.messaging.kafka_settings import KafkaSettings
    from shared.messaging.message import Record, TopicPartition

    T = TypeVar("T")
    R = TypeVar("R", Outgoing, Record)

log = structlog.get_logger(__name__)

CLIENT_BATCH_BYTES = 256 * 1024
REQUEST_TIMEOUT_MS = 30_000

_REFUSED_FOR_GOOD = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidTopicError)


class Producing:
    """One idempotent producer on an event loop of its own thread; callers wait in theirs. Safe to share."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._guard = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread
        self._broker: KafkaBroker | None = None

    def publish(self, records: Sequence[Outgoing]) -> Sequence[Refusal]:
        """See `shared.messaging.log.EventLog.publish`."""
        # One call at a time: two that interleave could give a key's records another order.
        with self._guard:
            return self._wait(self._publish(records))

    def append(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        """See `shared.messaging.log_export.Target.append`."""
        with self._guard:
            self._wait(self._append(partition, records))

    def close(self) -> None:
        """Lets go of the connection and ends the thread."""
        with self._guard:
            if self._loop is not None:
                self._wait(self._forget_broker())
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
                self._loop.close()
                self._loop = None

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="kafka-producer", daemon=True)
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _publish(self, records: Sequence[Outgoing]) -> list[Refusal]:
        refusals: list[Refusal] = []
        refused_keys: set[tuple[str, bytes]] = set()
        accepted: list[Outgoing] = []
        for record in records:
            reason = _reason_to_refuse(record)
            if (record.topic, record.key) in refused_keys:
                refusals.append(Refusal(record.event_id, "behind a refused record of its key"))
            elif reason is not None:
                refused_keys.add((record.topic, record.key))
                refusals.append(Refusal(record.event_id, reason))
            else:
                accepted.append(record)
        for record, answer in await self._send_all(accepted):
            if not isinstance(answer, _REFUSED_FOR_GOOD):
                await self._raise_unless_taken(record, answer)
                continue
            # A batch of the client fails as a whole, and only when a topic's own limit was set below ours: each of
            # its records alone tells which one it is.
            if (record.topic, record.key) not in refused_keys:
                [(_, alone)] = await self._send_all([record])
                if not isinstance(alone, _REFUSED_FOR_GOOD):
                    await self._raise_unless_taken(record, alone)
                    continue
                refused_keys.add((record.topic, record.key))
            refusals.append(Refusal(record.event_id, f"the broker refuses it or its key: {type(answer).__name__}"))
        return refusals

    async def _raise_unless_taken(self, record: Outgoing | Record, answer: object) -> None:
        if not isinstance(answer, BaseException):
            return
        # All answers are here, so nothing of this call is on its way any more. An idempotent producer that gave up
        # on a batch cannot number the next one: begin with a new one.
        await self._forget_broker()
        if isinstance(answer, UnknownTopicOrPartitionError):
            msg = f"topic {self._settings.physical(record.topic)} is not on the cluster; run: regulars topics apply"
        else:
            msg = f"Kafka did not take a record of {record.topic}: {type(answer).__name__}"
        raise TransientError(msg) from answer

    async def _append(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        for record, answer in await self._send_all(records, partition.partition):
            await self._raise_unless_taken(record, answer)

    async def _send_all(
        self,
        records: Sequence[R],
        partition: int | None = None,
    ) -> list[tuple[R, object]]:
        """Each record with its answer: what the broker says of it, or an error. All answers are awaited."""
        if not records:
            return []
        try:
            broker = await self._connected()
            # One by one: `publish_batch` of this client ignores keys. Nothing is awaited in between but room in the
            # client's buffer.
            sent = [await self._send(broker, record, partition) for record in records]
        except KafkaError as error:
            await self._forget_broker()
            msg = f"Kafka does not answer: {type(error).__name__}"
            raise TransientError(msg) from error
        return list(zip(records, await asyncio.gather(*sent, return_exceptions=True), strict=True))

    async def _send(self, broker: KafkaBroker, record: Outgoing | Record, partition: int | None) -> Any:  # noqa: ANN401 - a future of the client library
        # FastStream takes text and sends it as UTF-8. What we write is UTF-8; what is not keeps its bytes readable.
        headers = {
            name: value.decode("utf-8", "backslashreplace") for name, value in decode_headers(record.headers).items()
        }
        return await broker.publish(
            record.body,
            topic=self._settings.physical(record.topic),
            key=record.key,
            partition=partition,
            headers=headers,
            # FastStream adds a header of this name: ours, not one that it makes up.
            correlation_id=headers.get("ce_correlationid", ""),
            no_confirm=True,
        )

    async def _connected(self) -> KafkaBroker:
        if self._broker is None:
            broker = KafkaBroker(
                **self._settings.broker_options(),
                client_id="regulars-relay",
                acks="all",
                enable_idempotence=True,
                linger_ms=2,
                max_batch_size=CLIENT_BATCH_BYTES,
                max_request_size=BATCH_BYTES_MAX,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                allow_auto_create_topics=False,
                logger=None,
            )
            await broker.start()
            self._broker = broker
        return self._broker

    async def _forget_broker(self) -> None:
        broker, self._broker = self._broker, None
        if broker is not None:
            try:
                await broker.stop()
            except KafkaError as error:
                log.info("producer_not_closed", error=type(error).__name__)


def _reason_to_refuse(record: Outgoing) -> str | None:
    if record.topic not in TOPICS:
        return "the topic does not exist"
    size = len(record.body) + len(record.headers) + len(record.key)
    if size > RECORD_BYTES_MAX:
        return f"{size} bytes, a record takes {RECORD_BYTES_MAX}"
    return None
