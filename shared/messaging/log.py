"""The event log port: what both logs (PostgreSQL and Kafka) promise, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from shared.messaging.murmur2 import murmur2

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from shared.contracts.envelope import Outgoing
    from shared.messaging.message import Record, TopicPartition


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """Kafka's default partitioner (murmur2), the same in every log and every producer of this project."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


@dataclass(frozen=True, slots=True)
class Bounds:
    """A partition holds offsets from `start` up to, not including, `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that the log will never take, or one whose key was refused before it in the same call."""

    event_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Member:
    """Which share of a consumer's partitions a process reads.

    The PostgreSQL log hands out those with partition % count == index; Kafka shares them out by itself, and knows a
    replica by its `name`, which is its own and survives a restart.
    """

    index: int = 0
    count: int = 1
    name: str | None = None

    def owns(self, partition: int) -> bool:
        """Whether this member reads `partition`."""
        return partition % self.count == self.index

    def lanes(self, count: int) -> list[Member]:
        """Its share in `count` parts, read side by side: while one waits for the database, another computes."""
        return [
            Member(
                index=self.index + self.count * lane,
                count=self.count * count,
                name=f"{self.name}.{lane}" if self.name and lane else self.name,
            )
            for lane in range(count)
        ]


class Reader(Protocol):
    """The side of a consumer that a log drives: see `shared.messaging.batches.BatchReader`."""

    @property
    def name(self) -> str:
        """The consumer's name, `<service>.<handler>`: also the group on Kafka."""
        ...

    @property
    def topics(self) -> Sequence[str]:
        """What it reads."""
        ...

    @property
    def batch_size_max(self) -> int:
        """The most records that `handle` takes at once."""
        ...

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for what it does (`shared.kernel.pace`)."""
        ...

    def assigned(self, partitions: Sequence[TopicPartition]) -> None:
        """Told whenever the member's share changes, also that it has none: it is a spare then."""
        ...

    def positions(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The next offset of each partition, from the service's database, which alone decides it."""
        ...

    def pass_over(self, ends: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, int]:
        """The log's reader stands at `ends` and was given no record before: moves over that if it is so.

        Returns the offsets to go on from; where the log does hold a record, that is where it lies.
        """
        ...

    def handle(self, records: Sequence[Record]) -> Mapping[TopicPartition, int]:
        """Handles a batch in one transaction and returns the offsets to go on from.

        Raises `TransientError` when nothing was done and the same batch should come again, and
        `ConsumerStopped` when an operator has to look.
        """
        ...


class EventLog(Protocol):
    """Topics of records in partitions with offsets. Order holds within a key; nothing acknowledged is lost."""

    def publish(self, records: Sequence[Outgoing]) -> Sequence[Refusal]:
        """Adds records in order and returns when all are durable, or refused for good.

        Nothing of a key is added after a refused record of that key. May block; after a crash or a
        `TransientError` any part may have been added: publish the same again, consumers drop the copies.
        """
        ...

    def bounds(self, topic: str) -> Mapping[int, Bounds]:
        """The offsets that each partition holds now."""
        ...

    def topic_id(self, topic: str) -> UUID:
        """Changes when a topic is made anew, so that stored offsets no longer mean anything."""
        ...

    def fetch(self, positions: Mapping[TopicPartition, int], limit: int) -> Sequence[Record]:
        """The next records of each partition in offset order, at most about `limit` in all, at least one each.

        For rebuilds and operators, who keep their own positions; consumers are fed. May block, changes nothing.
        """
        ...

    def feed(self, reader: Reader, member: Member, stop: threading.Event) -> None:
        """Drives `reader` over its share of the partitions until `stop` is set. Blocks.

        Starts at the reader's own positions, hands over records in offset order per partition, and goes on
        from what `handle` returns. A record may come again; it never comes before the one in front of it.
        """
        ...

    def close(self) -> None:
        """Lets go of the log's connections. Nothing else may be called afterwards."""
        ...
