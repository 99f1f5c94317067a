"""What every event log and the consumer recipe promise together: order, redelivery, members, zombies, holes."""

from __future__ import annotations

import pytest

from shared.contracts.topics import TOPICS
from shared.database.batch import fetch, run
from shared.kernel import failpoints
from shared.kernel.errors import TransientError
from shared.kernel.pace import Pace
from shared.messaging.batches import BatchReader
from shared.messaging.log import EventLog, Member, partition_of
from shared.messaging.message import TopicPartition
from shared.messaging.offset_moves import skip_to_start
from shared.messaging.offsets import ConsumerStopped
from tests.behaviours.logs import Operations
from tests.conftest import Database
from tests.support.consuming import (
    TOPIC,
    all_records,
    history,
    levels,
    running,
    wait,
)
from tests.support.records import earned
from tests.support.stock import stock_consumer, stock_handler


def test_records_of_a_key_are_handled_in_order(database: Database, event_log: EventLog) -> None:
    keys = [f"key-{n}" for n in range(30)]
    with running(database, event_log, stock_consumer(stock_handler(), batch_size_max=17)):
        for n in range(1, 41):
            event_log.publish([earned(key, n) for key in keys])
        wait(database, event_log)
    assert {key: history(database, key) for key in keys} == {key: list(range(1, 41)) for key in keys}


def test_every_producer_and_every_log_puts_a_key_into_the_same_partition(event_log: EventLog) -> None:
    # Kafka's own murmur2 puts this key into partition 9 of 12 (measured with aiokafka and kafka-python).
    assert partition_of(b"customer-42", 12) == 9
    event_log.publish([earned("customer-42", 1)])
    assert {p: b.end for p, b in event_log.bounds(TOPIC).items() if b.end} == {9: 1}


def test_redelivered_records_change_nothing(database: Database, event_log: EventLog) -> None:
    event_log.publish([earned("a", 1), earned("a", 2), earned("b", 3)])
    reader = BatchReader(database.engine("kernel"), stock_consumer(stock_handler()), event_log)
    with running(database, event_log, stock_consumer(stock_handler())):
        wait(database, event_log)
    again = all_records(event_log)
    positions = reader.handle(again)
    assert levels(database) == {"a": 3, "b": 3}
    assert all(positions[TopicPartition(r.topic, r.partition)] > r.offset for r in again)


def test_a_record_published_twice_is_handled_once(database: Database, event_log: EventLog) -> None:
    record = earned("a", 5)
    with running(database, event_log, stock_consumer(stock_handler())):
        event_log.publish([record, record])
        wait(database, event_log)
        event_log.publish([record, earned("a", 1)])
        wait(database, event_log)
    assert levels(database) == {"a": 6}


def test_a_copy_is_recognised_even_after_the_inbox_was_trimmed(database: Database, event_log: EventLog) -> None:
    record = earned("a", 5)
    with running(database, event_log, stock_consumer(stock_handler())):
        event_log.publish([record])
        wait(database, event_log)
        with database.engine("kernel").begin() as connection:
            run(connection, "delete from inbox")
        event_log.publish([earned("b", 1), record, earned("c", 1)])
        wait(database, event_log)
    assert levels(database) == {"a": 5, "b": 1, "c": 1}


def test_two_members_of_a_group_share_the_work_and_nothing_is_done_twice(
    database: Database,
    event_log: EventLog,
) -> None:
    members = [Member(0, 2), Member(1, 2)]
    keys = [f"key-{n}" for n in range(50)]
    with running(database, event_log, stock_consumer(stock_handler(), batch_size_max=20), members=members):
        for _ in range(10):
            event_log.publish([earned(key, 1) for key in keys])
        wait(database, event_log)
    assert levels(database) == dict.fromkeys(keys, 10)


def test_two_processes_that_both_believe_to_own_a_partition_do_nothing_twice(
    database: Database,
    event_log: EventLog,
) -> None:
    with running(database, event_log, stock_consumer(stock_handler(), batch_size_max=5), members=[Member(), Member()]):
        for n in range(60):
            event_log.publish([earned(f"key-{n % 7}", 1)])
        wait(database, event_log)
    assert sum(levels(database).values()) == 60


def test_a_zombie_wakes_up_and_drops_everything(database: Database, event_log: EventLog) -> None:
    event_log.publish([earned("a", 1), earned("a", 2)])
    zombie = BatchReader(database.engine("kernel"), stock_consumer(stock_handler()), event_log)
    with running(database, event_log, stock_consumer(stock_handler())):
        wait(database, event_log)
        held = all_records(event_log)
        event_log.publish([earned("a", 3)])
        wait(database, event_log)
    zombie.handle(held)
    assert levels(database) == {"a": 6}
    assert history(database, "a") == [1, 2, 3]


def test_a_restart_goes_on_at_the_databases_offset(database: Database, event_log: EventLog) -> None:
    event_log.publish([earned("a", n) for n in range(1, 11)])
    with running(database, event_log, stock_consumer(stock_handler(), batch_size_max=3)):
        wait(database, event_log)
    event_log.publish([earned("a", n) for n in range(11, 21)])
    with running(database, event_log, stock_consumer(stock_handler())):
        wait(database, event_log)
    assert history(database, "a") == list(range(1, 21))


def test_a_hole_in_what_was_delivered_is_read_again_until_the_record_comes(
    database: Database,
    event_log: EventLog,
) -> None:
    event_log.publish([earned("a", n) for n in range(1, 6)])
    reader = BatchReader(database.engine("kernel"), stock_consumer(stock_handler()), event_log)
    records = all_records(event_log)
    partition = TopicPartition(TOPIC, records[0].partition)
    reader.positions([partition])
    with_a_hole = [r for r in records if r.offset != 2]
    for _ in range(3):
        assert reader.handle(with_a_hole) == {partition: 2}, "it handles what is before the hole and seeks back to it"
    failpoints.plan("consumer.before_commit:raise")
    with pytest.raises(TransientError):
        reader.handle(with_a_hole)
    assert reader.handle(with_a_hole) == {partition: 2}, "a failure in between makes no hole of the log's"
    assert reader.handle(records[2:]) == {partition: 5}
    with database.engine("kernel").begin() as connection:
        assert fetch(connection, "select from_offset, to_offset from consumer_gaps") == []
    assert history(database, "a") == [1, 2, 3, 4, 5]


def test_a_hole_of_the_logs_own_is_recorded_and_passed(
    database: Database,
    event_log: EventLog,
    operate: Operations,
) -> None:
    event_log.publish([earned("a", 1)])
    operate.publish_before_a_hole(event_log, earned("a", 2))
    event_log.publish([earned("a", 3)])
    with running(database, event_log, stock_consumer(stock_handler())):
        wait(database, event_log)
    with database.engine("kernel").begin() as connection:
        assert fetch(connection, "select to_offset - from_offset from consumer_gaps") == [(1,)]
    assert history(database, "a") == [1, 2, 3]


def test_what_retention_removed_before_it_was_handled_stops_the_consumer(
    database: Database,
    event_log: EventLog,
    operate: Operations,
) -> None:
    event_log.publish([earned("a", n) for n in range(1, 6)])
    reader = BatchReader(database.engine("kernel"), stock_consumer(stock_handler()), event_log)
    records = all_records(event_log)
    reader.positions([TopicPartition(TOPIC, records[0].partition)])
    operate.trim(records[0].partition, below=3)
    with pytest.raises(ConsumerStopped) as stopped:
        reader.handle(records[3:])
    assert stopped.value.code == "data_lost_by_retention"
    assert "regulars offsets skip" in str(stopped.value)
    assert levels(database) == {}


def test_a_topic_that_was_made_anew_stops_the_consumer(
    database: Database,
    event_log: EventLog,
    operate: Operations,
) -> None:
    with running(database, event_log, stock_consumer(stock_handler())):
        event_log.publish([earned("a", 1)])
        wait(database, event_log)
    anew = operate.recreate()
    anew.publish([earned("a", 1)])
    reader = BatchReader(database.engine("kernel"), stock_consumer(stock_handler()), anew)
    with pytest.raises(ConsumerStopped) as stopped:
        reader.positions([TopicPartition(TOPIC, partition_of(b"a", TOPICS[TOPIC].partitions))])
    assert stopped.value.code == "topic_recreated"


def test_an_operator_lets_a_stopped_consumer_go_on_where_the_log_begins(
    database: Database,
    event_log: EventLog,
    operate: Operations,
) -> None:
    event_log.publish([earned("a", n) for n in range(1, 6)])
    engine, consumer = database.engine("kernel"), stock_consumer(stock_handler())
    reader = BatchReader(engine, consumer, event_log)
    partition = partition_of(b"a", TOPICS[TOPIC].partitions)
    reader.positions([TopicPartition(TOPIC, partition)])
    operate.trim(partition, below=3)
    assert skip_to_start(engine, consumer, event_log, "the disk was full") == 3
    with running(database, event_log, consumer):
        wait(database, event_log)
    assert history(database, "a") == [4, 5]
    with engine.begin() as connection:
        gaps = fetch(connection, "select from_offset, to_offset, reason from consumer_gaps")
    assert gaps == [(0, 3, "the disk was full")]


def test_a_backlog_in_one_partition_is_worked_off_without_a_rest(
    database: Database, event_log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One partition gives little at once: whoever took that for a stream would rest after each batch."""
    told: list[tuple[int, bool]] = []
    rest_after = Pace.rest_after

    def listened(pace: Pace, handled: int, *, backlog: bool = False) -> float:
        told.append((handled, backlog))
        return rest_after(pace, handled, backlog=backlog)

    monkeypatch.setattr(Pace, "rest_after", listened)
    records = [earned("a", 1) for _ in range(900)]
    event_log.publish([record._replace(body=record.body.rjust(5_000)) for record in records])
    with running(database, event_log, stock_consumer(stock_handler())):
        wait(database, event_log)
    assert levels(database) == {"a": len(records)}
    batches = [backlog for handled, backlog in told if handled]
    assert len(batches) > 5
    # Of the last ones Kafka's client knows that little is left.
    assert sum(batches) >= 0.6 * len(batches)
    assert not told[-1][1]
