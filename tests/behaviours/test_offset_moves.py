"""An operator sets a consumer's offset: forward, back, beside a consumer that runs, and where it cannot be."""

from __future__ import annotations

import pytest

from shared.contracts.topics import TOPICS
from shared.database.batch import fetch
from shared.messaging.batches import BatchReader
from shared.messaging.log import EventLog, partition_of
from shared.messaging.message import TopicPartition
from shared.messaging.offset_moves import MoveRefused, carry_out, plan_move
from shared.messaging.offsets import list_offsets
from tests.behaviours.logs import Operations
from tests.conftest import Database
from tests.support.consuming import TOPIC, all_records, history, running, wait
from tests.support.records import earned
from tests.support.stock import stock_consumer, stock_handler

PLACE = TopicPartition(TOPIC, partition_of(b"a", TOPICS[TOPIC].partitions))


def gaps(database: Database) -> list[tuple[int, int, str]]:
    with database.engine("kernel").begin() as connection:
        return fetch(connection, "select from_offset, to_offset, reason from consumer_gaps order by from_offset")


def next_offset(database: Database) -> int:
    with database.engine("kernel").begin() as connection:
        [place] = [p for p in list_offsets(connection) if (p.topic, p.partition) == PLACE]
    return place.next_offset


def test_what_is_skipped_is_a_gap_and_what_comes_again_counts_once(database: Database, event_log: EventLog) -> None:
    engine, consumer = database.engine("kernel"), stock_consumer(stock_handler())
    event_log.publish([earned("a", n) for n in range(1, 6)])
    BatchReader(engine, consumer, event_log).positions([PLACE])
    forward = plan_move(engine, consumer, event_log, PLACE, 3)
    assert (forward.skipped, forward.again) == (3, 0)
    assert next_offset(database) == 0, "a plan changes nothing"
    carry_out(engine, consumer, event_log, forward, "entered twice")
    with running(database, event_log, consumer):
        wait(database, event_log)
        assert history(database, "a") == [4, 5]
        back = plan_move(engine, consumer, event_log, PLACE, 3)
        assert (back.skipped, back.again) == (0, 2)
        carry_out(engine, consumer, event_log, back, "to be sure")
        event_log.publish([earned("a", 6)])
        wait(database, event_log)
    assert history(database, "a") == [4, 5, 6], "what came again was dropped, and nothing was missed"
    assert gaps(database) == [(0, 3, "entered twice")]


def test_records_that_were_skipped_can_be_fetched_back(database: Database, event_log: EventLog) -> None:
    engine, consumer = database.engine("kernel"), stock_consumer(stock_handler())
    event_log.publish([earned("a", n) for n in range(1, 4)])
    reader = BatchReader(engine, consumer, event_log)
    reader.positions([PLACE])
    for offset, reason in ((2, "first"), (0, "a mistake"), (1, "again")):
        carry_out(engine, consumer, event_log, plan_move(engine, consumer, event_log, PLACE, offset), reason)
    assert gaps(database) == [(0, 2, "first; again")], "both reasons stay"
    carry_out(engine, consumer, event_log, plan_move(engine, consumer, event_log, PLACE, 0), "all of them")
    reader.handle(all_records(event_log))
    assert history(database, "a") == [1, 2, 3]


def test_a_consumer_that_passed_the_place_meanwhile_is_left_alone(database: Database, event_log: EventLog) -> None:
    engine, consumer = database.engine("kernel"), stock_consumer(stock_handler())
    event_log.publish([earned("a", n) for n in range(1, 6)])
    reader = BatchReader(engine, consumer, event_log)
    reader.positions([PLACE])
    planned = plan_move(engine, consumer, event_log, PLACE, 3)
    reader.handle(all_records(event_log))
    with pytest.raises(MoveRefused, match="went on to 5 meanwhile"):
        carry_out(engine, consumer, event_log, planned, "too late")
    assert next_offset(database) == 5
    assert gaps(database) == []


def test_an_offset_that_cannot_be_is_refused_with_what_can(
    database: Database,
    event_log: EventLog,
    operate: Operations,
) -> None:
    engine, consumer = database.engine("kernel"), stock_consumer(stock_handler())
    event_log.publish([earned("a", n) for n in range(1, 6)])

    def refused(place: TopicPartition, offset: int, why: str) -> None:
        with pytest.raises(MoveRefused, match=why):
            plan_move(engine, consumer, event_log, place, offset)

    refused(PLACE, 1, "no place in .* yet")
    BatchReader(engine, consumer, event_log).positions([PLACE])
    refused(PLACE, 6, "from 0, and the next one is 5: 6 is outside")
    assert plan_move(engine, consumer, event_log, PLACE, 5).skipped == 5, "to the very end is fine"
    refused(TopicPartition(TOPIC, 12), 0, "partitions 0 to 11, not 12")
    refused(TopicPartition("stores.sales.v1", 0), 0, "does not read stores.sales.v1; it reads loyalty.events.v1")
    operate.trim(PLACE.partition, below=2)
    refused(PLACE, 1, "from 2, and the next one is 5: 1 is outside")
    event_log = operate.recreate()
    refused(PLACE, 0, "made anew.*regulars offsets skip")
