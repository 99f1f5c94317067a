"""Publishing to Kafka: in order within a key, every record acknowledged by all replicas before the call returns."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    UnknownTopicOrPartitionError,
)
from faststream.kafka import KafkaBroker
from faststream.kafka.publisher.producer import AioKafkaFastProducerImpl

from shared.contracts.envelope import decode_headers
from shared.contracts.topics import BATCH_BYTES_MAX, RECORD_BYTES_MAX, TOPICS
from shared.kernel.errors import TransientError
from shared.messaging.log import Refusal

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from concurrent.futures import Future
    from typing import TypeVar

    from aiokafka import AIOKafkaProducer

    from shared.contracts.envelope import Outgoing
    from shared.messaging.kafka_settings import KafkaSettings
    from shared.messaging.message import Record, TopicPartition

    T = TypeVar("T")

log = structlog.get_logger(__name__)

CLIENT_BATCH_BYTES = 256 * 1024
REQUEST_TIMEOUT_MS = 15_000
ANSWER_S_MAX = 30.0
CLOSE_S_MAX = 2.0


class Producing:
    """One idempotent producer on an event loop of its own thread; callers wait in theirs. Safe to share."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._guard = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread
        self._broker: KafkaBroker | None = None
        self._in_hand: Future[Any] | None = None

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
        """Lets go of the connection and ends the thread; who waits for an answer hears that there is none."""
        if self._loop is None:
            return
        in_hand = self._in_hand
        if in_hand is not None:
            in_hand.cancel()
        with self._guard:
            self._wait(self._drop_producer())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._loop = None

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="kafka-producer", daemon=True)
            self._thread.start()
        self._in_hand = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            result: T = self._in_hand.result()
        except CancelledError as closed:
            msg = "the log was closed"
            raise TransientError(msg) from closed
        finally:
            self._in_hand = None
        return result

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
        await self._send_all(accepted)
        return refusals

    async def _append(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        await self._send_all(records, partition.partition)

    async def _send_all(self, records: Sequence[Outgoing | Record], partition: int | None = None) -> None:
        """Returns when every record is durable; else raises `TransientError`, and nothing is on its way any more."""
        if not records:
            return
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                broker = await self._connected()
                # One by one: `publish_batch` of this client ignores keys. Nothing is awaited in between but room in
                # the client's buffer.
                answers = [await self._send(broker, record, partition) for record in records]
                await asyncio.gather(*answers)
        except (KafkaError, TimeoutError) as error:
            # An idempotent producer never gives up a batch by itself, and one that was given up cannot be numbered
            # on: drop the producer, begin with a new one. What it had sent may be there; the same comes again.
            await self._drop_producer()
            raise TransientError(self._what_happened(records[0].topic, error)) from error

    def _what_happened(self, topic: str, error: Exception) -> str:
        match error:
            case UnknownTopicOrPartitionError():
                return f"topic {self._settings.physical(topic)} is not on the cluster; run: regulars topics apply"
            case MessageSizeTooLargeError() | RecordListTooLargeError():
                # We have checked against our own limit, which is the topics': somebody has set theirs lower. Parked
                # by guess, records of a key could overtake each other; so everything waits.
                return f"Kafka takes less than {RECORD_BYTES_MAX} bytes; look with: regulars topics diff"
            case _:
                return f"Kafka does not answer: {type(error).__name__}"

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
            broker.config.broker_config.producer = _Producer(None, None)
            try:
                await broker.start()
            except BaseException:
                await _close(broker)
                raise
            self._broker = broker
        return self._broker

    async def _drop_producer(self) -> None:
        """Lets go of the producer at once: its own way would first wait for everything to be sent."""
        broker, self._broker = self._broker, None
        if broker is None:
            return
        made: Any = broker.config.producer
        sender = made._producer.producer._sender.sender_task  # noqa: SLF001 - no public way to give up
        sender.cancel()
        await asyncio.wait([sender], timeout=CLOSE_S_MAX)
        await _close(broker)


class _Producer(AioKafkaFastProducerImpl):
    """FastStream's own forgets a producer that did not start, with its connections and what runs for it."""

    async def connect(self, producer: AIOKafkaProducer, *more: Any, **options: Any) -> None:  # noqa: ANN401 - handed on
        try:
            await super().connect(producer, *more, **options)
        except BaseException:
            await producer.stop()
            raise


async def _close(broker: KafkaBroker) -> None:
    try:
        async with asyncio.timeout(CLOSE_S_MAX):
            await broker.stop()
    except (KafkaError, TimeoutError) as error:
        log.info("producer_not_closed", error=type(error).__name__)


def _reason_to_refuse(record: Outgoing) -> str | None:
    if record.topic not in TOPICS:
        return "the topic does not exist"
    size = len(record.body) + len(record.headers) + len(record.key)
    if size > RECORD_BYTES_MAX:
        return f"{size} bytes, a record takes {RECORD_BYTES_MAX}"
    return None
