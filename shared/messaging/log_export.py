"""Moving a chain's log to another one: every record to the same partition in the same order, then the offsets.

Only while nothing runs. Killed anywhere and started again it goes on: what the target holds says how far it came,
since nobody else writes there, and a service's offsets move in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shared.database.batch import fetch, run
from shared.kernel.errors import InvalidInput, InvariantViolated
from shared.messaging.log import Bounds, EventLog
from shared.messaging.message import TopicPartition
from shared.messaging.parking import shift

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Engine

    from shared.messaging.message import Record

PAGE = 2_000


class Target(EventLog, Protocol):
    """A log that can be exported to: it also takes records into given partitions."""

    def append(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        """Adds `records` in order and returns when all are durable; after a `TransientError` any part may be there."""
        ...


class TargetNotEmpty(InvalidInput):
    """The target holds records that did not come from this log."""

    code = "export_target_not_empty"


@dataclass(frozen=True, slots=True)
class Share:
    """One partition: what the source holds, and what the target held when we looked."""

    partition: TopicPartition
    source: Bounds
    target: Bounds

    @property
    def copied(self) -> int:
        """Records that the target has already."""
        return self.target.end - self.target.start

    @property
    def left(self) -> int:
        """Records to copy."""
        return self.source.end - self.source.start - self.copied


def plan(source: EventLog, target: Target, topics: Iterable[str]) -> list[Share]:
    """What is to be copied, partition by partition.

    Raises `TargetNotEmpty` when the target's records are not the beginning of the source's, and `InvariantViolated`
    when a topic has other partitions there.
    """
    shares: list[Share] = []
    for topic in topics:
        here, there = source.bounds(topic), target.bounds(topic)
        if here.keys() != there.keys():
            msg = f"{topic} has {len(here)} partitions here and {len(there)} there: keys would change their partition"
            raise InvariantViolated(msg)
        shares += [Share(TopicPartition(topic, n), here[n], there[n]) for n in sorted(here)]
    for share in shares:
        _check_beginning(source, target, share)
    return shares


def copy(source: EventLog, target: Target, shares: Sequence[Share], progress: Callable[[int], None]) -> None:
    """Copies what is left of `shares`; `progress` is told the records of each page."""
    for share in shares:
        position = share.source.start + share.copied
        while position < share.source.end:
            page = source.fetch({share.partition: position}, PAGE)
            target.append(share.partition, page)
            position = page[-1].offset + 1
            progress(len(page))


def move_offsets(engine: Engine, source: EventLog, target: EventLog, shares: Sequence[Share]) -> int:
    """Makes the offsets in one service's database mean the target's records; how many it moved. Repeatable.

    Those of parked records too: they keep their order, also with what is parked later.
    """
    moved = 0
    with engine.begin() as connection:
        for topic in sorted({share.partition.topic for share in shares}):
            own = [share for share in shares if share.partition.topic == topic]
            names = {
                "topic": topic,
                "source": source.topic_id(topic),
                "target": target.topic_id(topic),
                "partitions": [share.partition.partition for share in own],
                "shifts": [share.target.start - share.source.start for share in own],
            }
            standing = fetch(
                connection,
                """
                select consumer, partition, shift from consumer_offsets
                join unnest(%(partitions)b::int[], %(shifts)b::bigint[]) as n(partition, shift) using (partition)
                where topic = %(topic)s and topic_id = %(source)s
                """,
                names,
            )
            shift(connection, [(consumer, TopicPartition(topic, number), by) for consumer, number, by in standing])
            moved += run(
                connection,
                """
                update consumer_offsets o
                set next_offset = o.next_offset + n.shift, topic_id = %(target)s
                from unnest(%(partitions)b::int[], %(shifts)b::bigint[]) as n(partition, shift)
                where o.topic = %(topic)s and o.partition = n.partition and o.topic_id = %(source)s
                """,
                names,
            )
    return moved


def _check_beginning(source: EventLog, target: Target, share: Share) -> None:
    if not share.copied:
        return
    msg = f"{share.partition.topic}/{share.partition.partition} holds records there that are not from this log"
    if share.left < 0:
        raise TargetNotEmpty(f"{msg}; export into empty topics")
    last_there = _at(target, share.partition, share.target.end - 1)
    last_here = _at(source, share.partition, share.source.start + share.copied - 1)
    if (last_there.key, last_there.body) != (last_here.key, last_here.body):
        raise TargetNotEmpty(f"{msg}; export into empty topics")


def _at(event_log: EventLog, partition: TopicPartition, offset: int) -> Record:
    positions: Mapping[TopicPartition, int] = {partition: offset}
    return event_log.fetch(positions, 1)[0]
