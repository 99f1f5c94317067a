"""Setting a consumer's offset by hand: past what it must not handle or what is gone, or back to handle some again.

Safe beside a consumer that runs: with the partition's next record it finds, under the offset's lock, that it was
moved, and goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from shared.database.batch import fetch, run
from shared.kernel.errors import RegularsError
from shared.messaging.lag import log_bounds
from shared.messaging.message import TopicPartition
from shared.messaging.parking import shift_below

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection, Engine

    from shared.messaging.consumer import Consumer
    from shared.messaging.log import EventLog

log = structlog.get_logger(__name__)


class MoveRefused(RegularsError):
    """The offset cannot be set to that; the message says why, and what can be done."""


@dataclass(frozen=True, slots=True)
class Move:
    """What setting one offset does. The log may hold fewer records than there are offsets in between."""

    consumer: str
    partition: TopicPartition
    before: int
    after: int

    @property
    def skipped(self) -> int:
        """Records, at most, that will never be handled."""
        return max(0, self.after - self.before)

    @property
    def again(self) -> int:
        """Records, at most, that were handled and come again."""
        return max(0, self.before - self.after)


def plan_move(
    engine: Engine,
    consumer: Consumer,
    event_log: EventLog,
    partition: TopicPartition,
    offset: int,
) -> Move:
    """What setting the next offset of `consumer` in `partition` would do now; changes nothing.

    Raises `MoveRefused` for what the consumer does not read and for an offset that the log does not hold.
    """
    _check_place(consumer, event_log, partition, offset)
    topic_id = event_log.topic_id(partition.topic)
    with engine.begin() as connection:
        return _plan(connection, consumer, topic_id, partition, offset)


def carry_out(engine: Engine, consumer: Consumer, event_log: EventLog, planned: Move, reason: str) -> Move:
    """Sets the offset as planned; what it did. What is skipped is a row in `consumer_gaps` with the `reason`.

    A consumer that runs may have gone on since it was planned: fewer are skipped then, or more come again. One that
    has passed the offset by now is left alone: `MoveRefused`.
    """
    _check_place(consumer, event_log, planned.partition, planned.after)
    topic_id = event_log.topic_id(planned.partition.topic)
    with engine.begin() as connection:
        move = _plan(connection, consumer, topic_id, planned.partition, planned.after)
        if planned.skipped and not move.skipped:
            raise MoveRefused(
                f"{consumer.name} went on to {move.before} meanwhile, past {planned.after}; nothing was changed",
            )
        names = {
            "consumer": consumer.name,
            "topic": move.partition.topic,
            "partition": move.partition.partition,
            "from": move.before,
            "to": move.after,
            "reason": reason,
        }
        if move.skipped:
            # Skipped once more after it was set back: both reasons stay.
            run(
                connection,
                """
                insert into consumer_gaps as g (consumer, topic, partition, from_offset, to_offset, reason)
                values (%(consumer)s, %(topic)s, %(partition)s, %(from)s, %(to)s, %(reason)s)
                on conflict (consumer, topic, partition, from_offset) do update set
                  to_offset = greatest(g.to_offset, excluded.to_offset), reason = g.reason || '; ' || excluded.reason
                """,
                names,
            )
        run(
            connection,
            """
            update consumer_offsets set next_offset = %(to)s, moved_at = clock_timestamp()
            where consumer = %(consumer)s and topic = %(topic)s and partition = %(partition)s
            """,
            names,
        )
    # The reason is in the table; an operator's words have no place in a log.
    log.warning("offset_set", consumer=consumer.name, partition=str(move.partition), at=move.before, to=move.after)
    return move


def skip_to_start(engine: Engine, consumer: Consumer, event_log: EventLog, reason: str) -> int:
    """Moves a consumer to where the log begins, in each partition that begins later; how many records it skips.

    Also accepts topics that were made anew: their offsets are the log's from now on, and what is parked from before
    keeps its place in front of them. Each skip is a row in `consumer_gaps` with the operator's reason.
    """
    bounds = log_bounds(event_log, consumer.topics)
    ids = {topic: event_log.topic_id(topic) for topic in bounds}
    skipped = 0
    with engine.begin() as connection:
        rows = fetch(
            connection,
            "select topic, partition, next_offset, topic_id from consumer_offsets where consumer = %(consumer)s"
            " and topic = any(%(topics)b::text[]) order by topic, partition for update",
            {"consumer": consumer.name, "topics": list(bounds)},
        )
        for topic, partition, next_offset, topic_id in rows:
            start, anew = bounds[topic][partition].start, ids[topic]
            if next_offset >= start and topic_id == anew:
                continue
            if topic_id != anew:
                shift_below(connection, consumer.name, TopicPartition(topic, partition), start)
            skipped += max(0, start - next_offset)
            names = {"consumer": consumer.name, "topic": topic, "partition": partition, "from": next_offset}
            run(
                connection,
                """
                insert into consumer_gaps (consumer, topic, partition, from_offset, to_offset, reason)
                values (%(consumer)s, %(topic)s, %(partition)s, %(from)s, %(to)s, %(reason)s) on conflict do nothing
                """,
                {**names, "to": start, "reason": reason},
            )
            run(
                connection,
                """
                update consumer_offsets set next_offset = %(to)s, topic_id = %(topic_id)s
                where consumer = %(consumer)s and topic = %(topic)s and partition = %(partition)s
                """,
                {**names, "to": start, "topic_id": anew},
            )
    return skipped


def _check_place(consumer: Consumer, event_log: EventLog, partition: TopicPartition, offset: int) -> None:
    """That the consumer can stand there, by what the log holds."""
    if partition.topic not in consumer.topics:
        raise MoveRefused(f"{consumer.name} does not read {partition.topic}; it reads {', '.join(consumer.topics)}")
    bounds = event_log.bounds(partition.topic)
    if partition.partition not in bounds:
        raise MoveRefused(f"{partition.topic} has the partitions 0 to {max(bounds)}, not {partition.partition}")
    start, end = bounds[partition.partition].start, bounds[partition.partition].end
    if not start <= offset <= end:
        raise MoveRefused(
            f"{partition.topic}/{partition.partition} holds offsets from {start}, and the next one is {end}:"
            f" {offset} is outside",
        )


def _plan(
    connection: Connection,
    consumer: Consumer,
    topic_id: UUID,
    partition: TopicPartition,
    offset: int,
) -> Move:
    rows = fetch(
        connection,
        "select next_offset, topic_id from consumer_offsets"
        " where consumer = %(consumer)s and topic = %(topic)s and partition = %(partition)s for update",
        {"consumer": consumer.name, "topic": partition.topic, "partition": partition.partition},
    )
    if not rows:
        raise MoveRefused(f"{consumer.name} has no place in {partition.topic} yet; start it once, and set it then")
    [(before, known)] = rows
    if known != topic_id:
        raise MoveRefused(
            f"topic {partition.topic} was made anew, the offset {before} means other records now; first:"
            f" regulars offsets skip {consumer.name} --reason ...",
        )
    return Move(consumer.name, partition, before, offset)
