"""An event log in memory that behaves as Kafka may: at-least-once publishing, groups that are shared out anew, offsets
with holes, records that come late, clients that skip or repeat.

`feed` follows `shared.messaging.kafka_consuming`: places come from the database, a batch in hand outlives the loss of
its partitions, and what the group keeps of offsets is never asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from shared.contracts.envelope import Outgoing
from shared.contracts.topics import TOPICS
from shared.database.engine import is_transient
from shared.kernel.errors import TransientError
from shared.kernel.ids import derived_id
from shared.messaging.log import Bounds, Member, Reader, Refusal, partition_of
from shared.messaging.message import Record, TopicPartition
from shared.messaging.offsets import ConsumerStopped
from tests.simulation.scheduler import Scheduler, Stop

if TYPE_CHECKING:
    import threading

PARTITIONS = 3
SESSION_S = 10.0
"""A member that does not poll for so long loses its share."""


class LogFaults(Protocol):
    """What may befall those who use the log."""

    def publishing(self, records: int) -> int | None:
        """How many records are taken before the call fails; None: all, and it does not fail."""

    def acknowledging(self) -> None:
        """Raises when the records are in the log and nobody is told."""

    def asking(self) -> None:
        """Raises when the log is away."""

    def hole(self) -> int:
        """How many offsets are left out after a publish: marks of transactions, records that were aborted."""

    def delivery(self, records: Sequence[Record]) -> Sequence[Record]:
        """What a client really hands over of what it read."""

    def goes_back(self) -> bool:
        """Whether a client reads again what it has read."""

    def refuses(self, record: Outgoing) -> bool:
        """Whether the broker says no for good."""


@dataclass
class _Group:
    """The members of a consumer group, and which partitions are whose."""

    generation: int = 0
    members: dict[str, float] = field(default_factory=dict)
    """Name -> when it last polled."""
    shares: dict[str, list[TopicPartition]] = field(default_factory=dict)


class SimulatedLog:
    """`EventLog`."""

    def __init__(self, scheduler: Scheduler, faults: LogFaults) -> None:
        self._scheduler = scheduler
        self._faults = faults
        self._records: dict[TopicPartition, list[Record]] = defaultdict(list)
        self._ends: dict[TopicPartition, int] = defaultdict(int)
        self._groups: dict[str, _Group] = defaultdict(_Group)
        self.refused: set[UUID] = set()

    # Writing

    def publish(self, records: Sequence[Outgoing]) -> Sequence[Refusal]:
        self._scheduler.pause("publishes")
        refusals: list[Refusal] = []
        refused_keys: set[tuple[str, bytes]] = set()
        taken = []
        for record in records:
            key = (record.topic, record.key)
            if key in refused_keys or record.topic not in TOPICS or self._faults.refuses(record):
                refused_keys.add(key)
                refusals.append(Refusal(record.event_id, "refused"))
            else:
                taken.append(record)
        enough = self._faults.publishing(len(taken))
        # Of each partition a beginning, as a producer that keeps its order leaves it.
        room: dict[TopicPartition, int] = {}
        for record in taken:
            partition = TopicPartition(record.topic, partition_of(record.key, PARTITIONS))
            if enough is not None and room.setdefault(partition, enough) <= 0:
                continue
            room[partition] = room.get(partition, 0) - 1
            self._append(partition, record)
        for partition in room:
            self._ends[partition] += self._faults.hole()
        if enough is not None:
            raise TransientError("the broker went away in the middle")
        self._scheduler.pause("waits for the acknowledgement")
        self._faults.acknowledging()
        return refusals

    def _append(self, partition: TopicPartition, record: Outgoing) -> None:
        offset = self._ends[partition]
        self._ends[partition] = offset + 1
        self._records[partition].append(Record(*partition, offset, record.key, record.headers, record.body))

    # Reading

    def bounds(self, topic: str) -> Mapping[int, Bounds]:
        self._ask()
        return {number: Bounds(0, self._ends[TopicPartition(topic, number)]) for number in range(PARTITIONS)}

    def topic_id(self, topic: str) -> UUID:
        return derived_id("topic", topic)

    def fetch(self, positions: Mapping[TopicPartition, int], limit: int) -> Sequence[Record]:
        self._ask()
        each = max(1, limit // max(1, len(positions)))
        return [record for partition, at in positions.items() for record in self._from(partition, at)[:each]]

    def all(self, topic: str) -> list[Record]:
        """Every record of a topic."""
        return [r for number in range(PARTITIONS) for r in self._records[TopicPartition(topic, number)]]

    def end(self, partition: TopicPartition) -> int:
        return self._ends[partition]

    def end_of(self, topic: str, number: int) -> int:
        return self._ends[TopicPartition(topic, number)]

    def _from(self, partition: TopicPartition, at: int) -> list[Record]:
        records = self._records[partition]
        # Offsets run ahead of places by the holes before them.
        place = min(at, len(records))
        while place and records[place - 1].offset >= at:
            place -= 1
        return records[place:]

    def _ask(self) -> None:
        self._scheduler.pause("asks the log")
        self._faults.asking()

    def close(self) -> None:
        """Nothing to let go of."""

    # Groups

    def feed(self, reader: Reader, member: Member, stop: threading.Event | Stop) -> None:
        _Feeding(self, self._scheduler, reader, member.name or "member", stop).run()

    def poll(self, reader: Reader, name: str) -> tuple[int, list[TopicPartition]]:
        """A member is alive: the generation and its share."""
        group = self._groups[reader.name]
        joined = name in group.members
        group.members[name] = self._scheduler.now
        late = [other for other, polled in group.members.items() if self._scheduler.now - polled > SESSION_S]
        for other in late:
            del group.members[other]
        if late or not joined:
            self._share_out(reader.topics, group)
        return group.generation, group.shares.get(name, [])

    def rebalance(self) -> None:
        """Every group is shared out anew, in another way."""
        for name, group in self._groups.items():
            topics = sorted({tp.topic for share in group.shares.values() for tp in share})
            if topics:
                self._share_out(topics, group)
                self._scheduler.note(f"{name} is shared out anew")

    def _share_out(self, topics: Sequence[str], group: _Group) -> None:
        group.generation += 1
        names = sorted(group.members)
        self._scheduler.chance.shuffle(names)
        group.shares = {name: [] for name in names}
        for n, tp in enumerate(TopicPartition(topic, p) for topic in topics for p in range(PARTITIONS)):
            group.shares[names[n % len(names)]].append(tp)


class _Feeding:
    """One member's loop."""

    def __init__(
        self,
        log: SimulatedLog,
        scheduler: Scheduler,
        reader: Reader,
        name: str,
        stop: threading.Event | Stop,
    ) -> None:
        self._log, self._scheduler, self._reader, self._name, self._stop = log, scheduler, reader, name, stop
        self._generation = -1
        self._share: list[TopicPartition] = []
        self._places: dict[TopicPartition, int] = {}
        """Where the client goes on by itself."""
        self._delivered: dict[TopicPartition, int] = {}
        """Behind what it gave us, or where we sent it."""

    def run(self) -> None:
        while True:
            try:
                rested = self._look()
            except ConsumerStopped:
                raise
            except Exception as error:
                if not (isinstance(error, TransientError) or is_transient(error)):
                    raise
                # Where to read is the database's business again.
                self._generation = -1
                rested = False
            if not rested:
                self._stop.wait(0.1)

    def _look(self) -> bool:
        """One poll and what follows from it; whether there was work."""
        self._scheduler.pause("polls")
        generation, share = self._log.poll(self._reader, self._name)
        if generation != self._generation:
            self._places = {}
            self._go_to(self._reader.positions(share) if share else {})
            self._reader.assigned(share)
            self._generation, self._share = generation, share
        faults = self._log._faults
        if faults.goes_back():
            self._places = {tp: max(0, at - 3) for tp, at in self._places.items()}
        each = max(1, self._reader.batch_size_max // max(1, len(self._places)))
        read = [record for tp, at in self._places.items() for record in self._log._from(tp, at)[:each]]
        if not read:
            return self._pass_over_empty_ends()
        given = faults.delivery(read)
        self._places |= {TopicPartition(r.topic, r.partition): r.offset + 1 for r in read}
        self._delivered |= {TopicPartition(r.topic, r.partition): r.offset + 1 for r in given}
        if given:
            self._go_to(self._reader.handle(given))
        return True

    def _pass_over_empty_ends(self) -> bool:
        """Where the client stands behind what it has delivered, nothing may have been there: the reader finds out."""
        self._places = {tp: self._log.end(tp) for tp in self._places}
        ends = {tp: at for tp, at in self._places.items() if at > self._delivered.get(tp, at)}
        if ends:
            self._go_to(self._reader.pass_over(ends))
        return False

    def _go_to(self, positions: Mapping[TopicPartition, int]) -> None:
        self._places |= positions
        self._delivered |= positions
