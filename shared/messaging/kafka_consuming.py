"""Feeding one consumer from Kafka: a FastStream batch subscriber around the recipe in `batches`.

Offsets are acknowledged by hand and only after the database's commit, a record that no parser likes still reaches us,
where to read comes from the database, and a failure never leaves the client standing behind what was not handled.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import ConsumerRebalanceListener
from aiokafka import TopicPartition as ClientPartition
from aiokafka.errors import (
    ConsumerStoppedError,
    GroupAuthorizationFailedError,
    IllegalStateError,
    KafkaError,
    TopicAuthorizationFailedError,
    UnsupportedCodecError,
    UnsupportedVersionError,
)
from faststream.kafka.message import KafkaAckableMessage

from shared.contracts.envelope import encode_headers
from shared.database.engine import is_transient
from shared.kernel.errors import TransientError
from shared.kernel.pace import Pace
from shared.messaging.kafka_subscribing import subscribe
from shared.messaging.message import Record, TopicPartition
from shared.messaging.offsets import ConsumerStopped

if TYPE_CHECKING:
    import threading
    from collections.abc import Awaitable, Callable, Mapping
    from typing import TypeVar

    from aiokafka import AIOKafkaConsumer, ConsumerRecord

    from shared.messaging.kafka_reading import Reading
    from shared.messaging.kafka_settings import KafkaSettings
    from shared.messaging.log import Member, Reader

    T = TypeVar("T")
    _Found = dict[ClientPartition, list[ConsumerRecord[Any, Any]]]
    _GetMany = Callable[..., Awaitable[_Found]]

log = structlog.get_logger(__name__)

STOP_CHECK_S = 0.1
LOOK_MS = 500
"""How long a look waits for records; what comes ends it at once."""
HINT_S_MAX = 1.0
HINT_EVERY_S = 1.0
_NEVER_PASSES = (
    TopicAuthorizationFailedError,
    GroupAuthorizationFailedError,
    UnsupportedCodecError,
    UnsupportedVersionError,
)
"""A process that cannot read what it should ends, and says why: nothing limps on without its consumers."""


class Feeding(ConsumerRebalanceListener):  # type: ignore[misc] # the client library has no types
    """One consumer's membership in its group, for as long as `run` runs."""

    def __init__(self, settings: KafkaSettings, reader: Reader, member: Member, reading: Reading) -> None:
        self._settings = settings
        self._reader = reader
        self._reading = reading
        self._pace = Pace(reader.batch_size_max, awaited=reader.awaited)
        self._broker, self._subscriber = subscribe(settings, reader, member, parser=self._parse, listener=self)
        self._subscriber(self._handle)
        self._placed: set[ClientPartition] = set()
        """Partitions whose place came from the database."""
        self._delivered: dict[ClientPartition, int] = {}
        """Where the client goes on by itself: behind what it gave us, or where we sent it."""
        self._hints: dict[TopicPartition, int] = {}
        """What Kafka has not been told yet."""
        self._next_hint = 0.0
        self._ended: asyncio.Future[None]

    async def run(self, stop: threading.Event) -> None:
        """Consumes until `stop` is set or the consumer stopped; raises what nobody foresaw."""
        self._ended = asyncio.get_running_loop().create_future()
        self._stop = stop
        await self._begin()
        try:
            while not stop.is_set() and not self._ended.done():
                await asyncio.wait([self._ended], timeout=STOP_CHECK_S)
        finally:
            # Waits for the batch in hand, then leaves.
            await self._broker.stop()
        if self._ended.done():
            self._ended.result()

    async def _begin(self) -> None:
        while not self._stop.is_set():
            starting = asyncio.ensure_future(self._broker.start())
            while not starting.done() and not self._stop.is_set():
                await asyncio.wait([starting], timeout=STOP_CHECK_S)
            try:
                if not starting.done():
                    starting.cancel()
                await starting
            except (KafkaError, asyncio.CancelledError) as error:
                log.warning("consumer_waits", consumer=self._reader.name, error=type(error.__cause__ or error).__name__)
                await self._broker.stop()
                await self._rest(self._pace.back_off())
            else:
                self._client.getmany = self._careful(self._client.getmany)
                return

    def _careful(self, getmany: _GetMany) -> _GetMany:
        """`getmany` as FastStream's loop sees it: it gives what may be handled and fails only to end that loop."""

        async def look(*, max_records: int | None, **_timeout_ms: float) -> _Found:
            try:
                found = await getmany(timeout_ms=LOOK_MS, max_records=max_records)
                if not found:
                    await self._pass_over_empty_ends()
                return self._ready(found)
            except ConsumerStoppedError:
                # We stop: the one that FastStream's loop ends by.
                raise
            except UnicodeDecodeError:
                # A header whose name is not UTF-8 makes the client raise, for every record of the producer's batch,
                # for ever, and drop what it had read beside it. The other client can read it.
                log.warning("record_unreadable_by_client", consumer=self._reader.name)
                await self._read_once_around()
            except _NEVER_PASSES as error:
                self._end(error)
            except KafkaError as error:
                log.warning("consumer_waits", consumer=self._reader.name, error=type(error.__cause__ or error).__name__)
                await self._rest(self._pace.back_off())
                # What it had read from other partitions is dropped.
                await self._go_to_the_databases_places()
            except Exception as error:  # noqa: BLE001 - handed on to whoever runs us; FastStream would try for ever
                self._end(error)
            return {}

        return look

    def _ready(self, found: _Found) -> _Found:
        # The client begins to read while it waits for `on_partitions_assigned`: not ours to handle yet.
        ready = {partition: items for partition, items in found.items() if partition in self._placed}
        self._delivered |= {partition: items[-1].offset + 1 for partition, items in ready.items()}
        return ready

    async def _read_once_around(self) -> None:
        wanted = self._assigned()

        def once_around() -> dict[TopicPartition, int]:
            positions = dict(self._reader.positions(wanted))
            records = self._reading.fetch(positions, self._reader.batch_size_max)
            if records:
                positions.update(self._reader.handle(records))
            return positions

        await self._go_back_to(once_around)

    async def _pass_over_empty_ends(self) -> None:
        """A transaction leaves a mark that is no record: without this, the offset would stand before it for ever."""
        ends = {}
        for partition in sorted(self._placed):
            try:
                at = await self._client.position(partition)
            except IllegalStateError:
                continue
            if at > self._delivered.get(partition, at):
                ends[self._ours(partition)] = at
        if ends:
            self._go_to(await self._attempt(lambda: self._reader.pass_over(ends)) or {})

    async def _go_to_the_databases_places(self) -> None:
        wanted = self._assigned()
        await self._go_back_to(lambda: self._reader.positions(wanted))

    async def _go_back_to(self, positions: Callable[[], Mapping[TopicPartition, int]]) -> None:
        # The client stands behind records that nobody handled: left there, they would wait for the next record of
        # their partition, which may never come.
        found = await self._insist(positions)
        self._delivered.clear()
        self._go_to(found or {})

    async def _parse(self, raw: tuple[ConsumerRecord[Any, Any], ...]) -> KafkaAckableMessage:
        # Reads nothing: FastStream's own parser raises at a header that is not UTF-8, and the batch would be gone.
        return KafkaAckableMessage(body=b"", raw_message=raw, consumer=self._client)

    @property
    def _client(self) -> AIOKafkaConsumer:
        consumer = self._subscriber.consumer
        if consumer is None:
            msg = f"{self._reader.name} has no connection"
            raise TransientError(msg)
        return consumer

    async def _handle(self, message: KafkaAckableMessage) -> None:
        """FastStream swallows what a handler raises: nothing may leave here but through `_ended`."""
        # A timer that was cancelled stays for a while, with the context of whoever set it, and FastStream's context has
        # this message. It may keep the message, not the records: a backlog would fill the memory with them.
        records, message.raw_message = message.raw_message, ()
        # FastStream's first look is over before `look` is in its place.
        raw = [item for item in records if ClientPartition(item.topic, item.partition) in self._placed]
        if not raw:
            return
        self._pace.begin()
        positions = await self._attempt(lambda: self._reader.handle([self._record(item) for item in raw]))
        if positions is None:
            await self._go_to_the_databases_places()
            return
        self._go_to(positions)
        self._hints |= positions
        waiting = self._waiting()
        if not waiting or time.monotonic() >= self._next_hint:
            await self._acknowledge()
        # In a steady stream about as many come meanwhile, or fewer.
        await self._rest(self._pace.rest_after(len(raw), backlog=waiting > 2 * len(raw)))

    def _waiting(self) -> int:
        """How many more the log held when it was asked last: a batch can be small in a long backlog."""
        assigned = self._client.assignment()
        ends = {partition: self._client.highwater(partition) for partition in self._placed if partition in assigned}
        return sum(end - self._delivered.get(partition, end) for partition, end in ends.items() if end is not None)

    async def _insist(self, work: Callable[[], T]) -> T | None:
        """What `work` returns, attempted until it does. None: we stop, and nothing is handled any more."""
        while not (self._stop.is_set() or self._ended.done()):
            done = await self._attempt(work)
            if done is not None:
                return done
        return None

    async def _attempt(self, work: Callable[[], T]) -> T | None:
        """What `work` returns, done in a thread so that heartbeats go on. None: it may be done again, or we end."""
        try:
            return await asyncio.to_thread(work)
        except ConsumerStopped as stopped:
            log.exception("consumer_stopped", consumer=self._reader.name, code=stopped.code)
            if not self._ended.done():
                self._ended.set_result(None)
        except Exception as error:  # noqa: BLE001 - handed on to whoever runs us
            if isinstance(error, TransientError) or is_transient(error):
                log.warning("consumer_waits", consumer=self._reader.name, error=type(error.__cause__ or error).__name__)
                await self._rest(self._pace.back_off())
            else:
                self._end(error)
        return None

    def _end(self, error: Exception) -> None:
        if not self._ended.done():
            self._ended.set_exception(error)

    async def _acknowledge(self) -> None:
        # A hint for Kafka's own tools, which nothing of ours reads; so it may fail, may not take long, and in a backlog
        # comes now and then.
        hints, self._hints = self._hints, {}
        self._next_hint = time.monotonic() + HINT_EVERY_S
        try:
            async with asyncio.timeout(HINT_S_MAX):
                await self._client.commit({self._theirs(tp): at for tp, at in hints.items()})
        except (KafkaError, TimeoutError) as error:
            log.debug("hint_not_taken", consumer=self._reader.name, error=type(error.__cause__ or error).__name__)

    def _go_to(self, positions: Mapping[TopicPartition, int]) -> None:
        """Reads on from `positions`. Where the client goes on from there anyway, what it has read ahead is kept."""
        for tp, offset in positions.items():
            partition = self._theirs(tp)
            if self._delivered.get(partition) == offset:
                continue
            try:
                self._client.seek(partition, offset)
            except IllegalStateError:
                # Not ours any more: its new owner asks the database.
                continue
            self._delivered[partition] = offset

    async def on_partitions_revoked(self, revoked: set[ClientPartition]) -> None:
        """A batch still in hand goes on: it is fenced off by the offsets' row locks."""
        self._placed -= revoked
        # Whoever has them now tells of them; with one that is not ours Kafka's client refuses all the others.
        self._hints = {tp: at for tp, at in self._hints.items() if self._theirs(tp) not in revoked}

    async def on_partitions_assigned(self, assigned: set[ClientPartition]) -> None:
        """Starts each partition where the database says. Waits for the database: nothing is read before it answers."""
        wanted = [self._ours(partition) for partition in sorted(assigned)]
        positions = await self._insist(lambda: self._reader.positions(wanted))
        if positions is not None:
            self._delivered.clear()
            self._go_to(positions)
            self._placed |= assigned
            self._reader.assigned(wanted)
            log.info("partitions_assigned", consumer=self._reader.name, partitions=len(wanted))

    def _assigned(self) -> list[TopicPartition]:
        return [self._ours(partition) for partition in sorted(self._client.assignment())]

    def _ours(self, partition: ClientPartition) -> TopicPartition:
        return TopicPartition(self._settings.logical(partition.topic), partition.partition)

    def _theirs(self, partition: TopicPartition) -> ClientPartition:
        return ClientPartition(self._settings.physical(partition.topic), partition.partition)

    def _record(self, item: ConsumerRecord[Any, Any]) -> Record:
        headers = encode_headers({name: value or b"" for name, value in item.headers})
        return Record(self._settings.logical(item.topic), item.partition, item.offset, item.key, headers, item.value)

    async def _rest(self, seconds: float) -> None:
        if seconds:
            await asyncio.wait([self._ended], timeout=seconds)
