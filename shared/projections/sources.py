"""What a rebuild reads: a service's own events, or the topics of a consumer. Both up to where the live one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from shared.database.batch import fetch, run
from shared.eventstore.append_lock import take_append_lock
from shared.kernel.errors import PermanentError
from shared.messaging.decode import Undecodable, decode
from shared.messaging.message import TopicPartition
from shared.projections.shadow import shadow_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from shared.eventstore.store import EventStore
    from shared.messaging.log import EventLog
    from shared.messaging.message import Message, Record
    from shared.projections.projection import Projection
    from shared.projections.topics import TopicReadModel

PAGE = 1_000


class Source(Protocol):
    """Fills shadow tables, page by page, up to an aim that moves."""

    read: int
    unreadable: int

    def hold(self, connection: Connection) -> None:
        """Waits for every writer of the live tables and lets none begin until the transaction ends."""
        ...

    def aim(self, connection: Connection) -> int:
        """From now on reads up to where the live tables are; about how much that is. Call while writers are held."""
        ...

    def page(self, connection: Connection) -> int:
        """Applies the next page in the caller's transaction, which must commit; how much is left before the aim."""
        ...


class OwnEvents:
    """All events of a service, by position."""

    def __init__(self, store: EventStore, projection: Projection) -> None:
        self.read = 0
        self.unreadable = 0
        self._store = store
        self._projection = projection
        self._table = shadow_of(projection.name)
        self._position = 0
        self._aim = 0

    def hold(self, connection: Connection) -> None:
        take_append_lock(connection)

    def aim(self, connection: Connection) -> int:
        self._aim = self._store.head(connection)
        return self._aim - self._position

    def page(self, connection: Connection) -> int:
        found = self._store.read_all(
            connection,
            after=self._position,
            up_to=self._aim,
            limit=PAGE,
            types=sorted(self._projection.types),
        )
        if found:
            self._projection.project(connection, self._table, [record for _, record in found])
        self.read += len(found)
        self._position = found[-1][0] if len(found) == PAGE else self._aim
        return self._aim - self._position


class Topics:
    """All records of a consumer's topics, from the beginning up to the consumer's own offsets."""

    def __init__(self, event_log: EventLog, model: TopicReadModel) -> None:
        self.read = 0
        self.unreadable = 0
        self._log = event_log
        self._model = model
        self._tables = {table.name: shadow_of(table.name) for table in model.tables}
        self._positions = {
            TopicPartition(topic, partition): self._beginning(topic, partition, bounds.start)
            for topic in model.consumer.topics
            for partition, bounds in event_log.bounds(topic).items()
        }
        self._aims: dict[TopicPartition, int] = {}

    def hold(self, connection: Connection) -> None:
        # Every batch of every consumer of the service locks its offsets first, so here they all stand still for
        # the instant: the one that fills these tables, and the one that removes erased people from them.
        run(connection, "lock table consumer_offsets in exclusive mode")

    def aim(self, connection: Connection) -> int:
        rows = fetch(
            connection,
            "select topic, partition, next_offset from consumer_offsets where consumer = %(consumer)s",
            {"consumer": self._model.consumer.name},
        )
        self._aims = {TopicPartition(topic, partition): offset for topic, partition, offset in rows}
        return self._left()

    def page(self, connection: Connection) -> int:
        behind = {tp: self._positions[tp] for tp, aim in self._aims.items() if self._positions[tp] < aim}
        if not behind:
            return 0
        arrived: dict[TopicPartition, list[Record]] = {partition: [] for partition in behind}
        for record in self._log.fetch(behind, PAGE):
            partition = TopicPartition(record.topic, record.partition)
            if record.offset < self._aims[partition]:
                arrived[partition].append(record)
        messages = list(self._decode(record for records in arrived.values() for record in records))
        if messages:
            self._model.project(connection, self._tables, messages)
        for partition, records in arrived.items():
            # Nothing before the aim: the rest is a hole that the live consumer has passed too.
            self._positions[partition] = records[-1].offset + 1 if records else self._aims[partition]
            self.read += len(records)
        return self._left()

    def _left(self) -> int:
        return sum(aim - self._positions[partition] for partition, aim in self._aims.items())

    def _decode(self, records: Iterable[Record]) -> Iterable[Message[Any]]:
        for record in records:
            try:
                message = decode(record, self._model.consumer.views)
            except Undecodable:
                self.unreadable += 1
                continue
            if message is not None:
                yield message

    def _beginning(self, topic: str, partition: int, start: int) -> int:
        if start > 0:
            code = "log_trimmed"
            msg = f"{self._model.name}: {topic}/{partition} begins at {start}; what was before is gone, so are its rows"
            raise PermanentError(code, msg)
        return start
