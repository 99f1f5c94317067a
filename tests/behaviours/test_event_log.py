"""What an event log and the consumer recipe promise together: the suite that every log has to pass.

A log joins by adding itself to `LOGS`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from shared.contracts.envelope import encode_headers
from shared.contracts.topics import RECORD_BYTES_MAX, TOPICS
from shared.database.batch import fetch, run
from shared.kernel.errors import TransientError
from shared.kernel.ids import new_id
from shared.messaging.batches import BatchReader
from shared.messaging.log import Member, partition_of
from shared.messaging.message import Record, TopicPartition
from shared.messaging.offsets import ConsumerStopped, skip_to_start
from shared.messaging.parking import list_parked
from shared.messaging.redrive import redrive
from shared.messaging.relay import Relay, parked_rows, publish_again
from shared.testing.waiting import until
from tests.support.records import earned
from tests.support.stock import Fill, StockView, Take, ask, stock_consumer, stock_handler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.messaging.consumer import Consumer
    from shared.messaging.log import EventLog
    from tests.conftest import Database

LOGS: dict[str, Callable[[Database], EventLog]] = {"postgres": lambda database: database.log()}
TOPIC = "loyalty.events.v1"


@pytest.fixture(params=LOGS)
def event_log(request: pytest.FixtureRequest, database: Database) -> EventLog:
    return LOGS[request.param](database)


@contextmanager
def running(
    database: Database,
    event_log: EventLog,
    consumer: Consumer,
    *,
    members: Sequence[Member] = (Member(),),
) -> Iterator[None]:
    """The consumer runs, one thread per member, as one process each would."""
    stop = threading.Event()
    engine = database.engine("kernel")
    threads = [
        threading.Thread(target=event_log.feed, args=(BatchReader(engine, consumer, event_log), member, stop))
        for member in members
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=30)
            assert not thread.is_alive()


def levels(database: Database) -> dict[str, int]:
    with database.engine("kernel").begin() as connection:
        return dict(fetch(connection, "select stock_id, left_over from levels"))


def handled(database: Database, event_log: EventLog) -> bool:
    """Whether the consumer stands at the end of its topic."""
    ends = {partition: bounds.end for partition, bounds in event_log.bounds(TOPIC).items() if bounds.end}
    with database.engine("kernel").begin() as connection:
        offsets = dict(fetch(connection, "select partition, next_offset from consumer_offsets"))
    return all(offsets.get(partition) == end for partition, end in ends.items())


def wait(database: Database, event_log: EventLog) -> None:
    until(lambda: handled(database, event_log), what="the consumer to reach the end")


def history(database: Database, key: str) -> list[int]:
    with database.engine("kernel").begin() as connection:
        rows = fetch(
            connection,
            "select (data->>'units')::int from events where stream_id = %(id)s order by stream_version",
            {"id": key},
        )
    return [units for (units,) in rows]


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
    again = _all_records(event_log, database)
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
        held = _all_records(event_log, database)
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


def test_a_hole_is_asked_for_once_more_then_recorded_and_passed(database: Database, event_log: EventLog) -> None:
    event_log.publish([earned("a", n) for n in range(1, 6)])
    reader = BatchReader(database.engine("kernel"), stock_consumer(stock_handler()), event_log)
    records = _all_records(event_log, database)
    partition = TopicPartition(TOPIC, records[0].partition)
    reader.positions([partition])
    with_a_hole = [r for r in records if r.offset != 2]
    assert reader.handle(with_a_hole) == {partition: 2}, "it handles what is before the hole and seeks back to it"
    assert history(database, "a") == [1, 2]
    assert reader.handle(records[2:3]) == {partition: 3}, "the record was there after all"
    assert reader.handle(records[4:]) == {partition: 3}, "another hole"
    assert reader.handle(records[4:]) == {partition: 5}, "the log says the same again: go on"
    with database.engine("kernel").begin() as connection:
        assert fetch(connection, "select from_offset, to_offset from consumer_gaps") == [(3, 4)]
    assert history(database, "a") == [1, 2, 3, 5]


def test_what_retention_removed_before_it_was_handled_stops_the_consumer(
    database: Database,
    event_log: EventLog,
) -> None:
    event_log.publish([earned("a", n) for n in range(1, 6)])
    reader = BatchReader(database.engine("kernel"), stock_consumer(stock_handler()), event_log)
    records = _all_records(event_log, database)
    reader.positions([TopicPartition(TOPIC, records[0].partition)])
    _trim(database, records[0].partition, below=3)
    with pytest.raises(ConsumerStopped) as stopped:
        reader.handle(records[3:])
    assert stopped.value.code == "data_lost_by_retention"
    assert "regulars offsets skip" in str(stopped.value)
    assert levels(database) == {}


def test_a_topic_that_was_made_anew_stops_the_consumer(database: Database, event_log: EventLog) -> None:
    with running(database, event_log, stock_consumer(stock_handler())):
        event_log.publish([earned("a", 1)])
        wait(database, event_log)
    _recreate_topic(database)
    anew = database.log()
    anew.publish([earned("a", 1)])
    reader = BatchReader(database.engine("kernel"), stock_consumer(stock_handler()), anew)
    with pytest.raises(ConsumerStopped) as stopped:
        reader.positions([TopicPartition(TOPIC, partition_of(b"a", TOPICS[TOPIC].partitions))])
    assert stopped.value.code == "topic_recreated"


def test_poison_delays_its_own_key_only_and_is_redriven_in_order(database: Database, event_log: EventLog) -> None:
    poison = stock_consumer(stock_handler())
    keys = ["a", "b", "c"]
    with running(database, event_log, poison):
        event_log.publish([earned("a", 1), earned("b", 1), earned("a", -1), earned("a", 2), earned("b", 2)])
        wait(database, event_log)
        event_log.publish([earned(key, 3) for key in keys])
        wait(database, event_log)
    assert levels(database) == {"a": 1, "b": 6, "c": 3}
    engine = database.engine("kernel")
    with engine.begin() as connection:
        parked = list_parked(connection, "kernel.stock")
    assert [(p.reason, p.follower) for p in parked] == [
        ("broken", False),
        ("behind_parked", True),
        ("behind_parked", True),
    ]
    first = redrive(engine, poison, event_log, parked[0].id)
    assert (first.handled, first.still_parked) == (0, 3), "nothing was mended yet"

    def mended(record: Any) -> Any:
        return 100 if record == -1 else record

    fixed = _with_mended_view(poison, mended)
    with engine.begin() as connection:
        parked = list_parked(connection, "kernel.stock")
    done = redrive(engine, fixed, event_log, parked[0].id)
    assert (done.handled, done.still_parked) == (3, 0)
    assert history(database, "a") == [1, 100, 2, 3]
    again = redrive(engine, fixed, event_log, parked[0].id)
    assert (again.handled, again.still_parked) == (0, 0), "twice does nothing more"
    with running(database, event_log, poison):
        event_log.publish([earned("a", 4)])
        wait(database, event_log)
    assert history(database, "a") == [1, 100, 2, 3, 4], "the key is free again"


def _with_mended_view(consumer: Consumer, mend: Callable[[int], int]) -> Consumer:
    handler = stock_handler()

    def handle(connection: Any, batch: Any, *, lock: bool) -> Any:
        units = [ask(m.key.decode(), Fill(mend(m.body.points)), m.cause) for m in batch]
        handler.run(connection, units, lock=lock)
        return [_done() for _ in batch]

    return type(consumer)(**{**consumer.__dict__, "handle": handle})


def _done() -> Any:
    from shared.messaging.consumer import DONE  # noqa: PLC0415 - beside its one use

    return DONE


def test_two_redrives_at_once_handle_a_record_once(database: Database, event_log: EventLog) -> None:
    poison = stock_consumer(stock_handler())
    with running(database, event_log, poison):
        event_log.publish([earned("a", -1), earned("a", 2)])
        wait(database, event_log)
    fixed = _with_mended_view(poison, lambda points: 100 if points == -1 else points)
    engine = database.engine("kernel")
    with engine.begin() as connection:
        first = list_parked(connection)[0].id
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: redrive(engine, fixed, event_log, first), range(4)))
    assert sorted(d.handled for d in done) == [0, 0, 0, 2]
    assert history(database, "a") == [100, 2]


def test_copies_that_were_parked_unread_are_handled_once(database: Database, event_log: EventLog) -> None:
    blind = stock_consumer(stock_handler())
    blind = type(blind)(**{**blind.__dict__, "views": {"loyalty.points_earned.v0": StockView}})
    record = earned("a", 5)
    with running(database, event_log, blind):
        event_log.publish([record, record])
        wait(database, event_log)
    engine = database.engine("kernel")
    with engine.begin() as connection:
        parked = list_parked(connection)
    assert [p.reason for p in parked] == ["version_unknown", "version_unknown"]
    done = redrive(engine, stock_consumer(stock_handler()), event_log, parked[0].id)
    assert done.still_parked == 0
    assert history(database, "a") == [5]


def test_an_operator_lets_a_stopped_consumer_go_on_where_the_log_begins(
    database: Database,
    event_log: EventLog,
) -> None:
    event_log.publish([earned("a", n) for n in range(1, 6)])
    engine, consumer = database.engine("kernel"), stock_consumer(stock_handler())
    reader = BatchReader(engine, consumer, event_log)
    partition = partition_of(b"a", TOPICS[TOPIC].partitions)
    reader.positions([TopicPartition(TOPIC, partition)])
    _trim(database, partition, below=3)
    assert skip_to_start(engine, consumer, event_log, "the disk was full") == 3
    with running(database, event_log, consumer):
        wait(database, event_log)
    assert history(database, "a") == [4, 5]
    with engine.begin() as connection:
        gaps = fetch(connection, "select from_offset, to_offset, reason from consumer_gaps")
    assert gaps == [(0, 3, "the disk was full")]


def test_without_an_order_only_the_poison_itself_is_parked(database: Database, event_log: EventLog) -> None:
    with running(database, event_log, stock_consumer(stock_handler(), order="none")):
        event_log.publish([earned("a", 1), earned("a", -1), earned("a", 2)])
        wait(database, event_log)
    assert levels(database) == {"a": 3}
    with database.engine("kernel").begin() as connection:
        assert [p.reason for p in list_parked(connection)] == ["broken"]


def test_what_the_business_refuses_is_written_down_and_the_offset_moves(
    database: Database,
    event_log: EventLog,
) -> None:
    with running(database, event_log, stock_consumer(stock_handler())):
        event_log.publish([earned("a", 1), earned("a", -2), earned("a", 2)])
        wait(database, event_log)
    assert levels(database) == {"a": 3}
    with database.engine("kernel").begin() as connection:
        assert fetch(connection, "select code from refused") == [("used_up",)]
        assert list_parked(connection) == []


def test_urgent_records_pass_a_blocked_key_and_erasure_purges_its_bytes(
    database: Database,
    event_log: EventLog,
) -> None:
    handler = stock_handler()
    consumer = stock_consumer(
        handler,
        urgent=frozenset({"loyalty.points_earned.v1"}),
        erased_by="loyalty.points_earned.v1",
    )
    with running(database, event_log, stock_consumer(handler)):
        event_log.publish([earned("a", -1), earned("a", 1)])
        wait(database, event_log)
    with running(database, event_log, consumer):
        event_log.publish([earned("a", 7)])
        wait(database, event_log)
    assert levels(database) == {"a": 7}
    with database.engine("kernel").begin() as connection:
        assert {(p.reason, p.record.body) for p in list_parked(connection)} == {("erased", None)}


BROKEN: Mapping[str, tuple[dict[str, bytes] | None, bytes | None, str]] = {
    "no headers": ({}, b"{}", "headers_invalid"),
    "id is no uuid": ({"ce_id": b"x"}, b"{}", "headers_invalid"),
    "header is not utf-8": ({"ce_id": b"\xff\xfe"}, b"{}", "headers_invalid"),
    "body is not json": (None, b"{ broken", "json_invalid"),
    "body is not utf-8": (None, b'{"points": "\xff"}', "json_invalid"),
    "body is missing": (None, None, "body_missing"),
    "a field is missing": (None, b"{}", "schema_invalid"),
    "a field has another type": (None, b'{"points": "many"}', "schema_invalid"),
    "a source with nul": ({"ce_source": b"/te\x00st"}, b"{}", "headers_invalid"),
    "a type with nul": ({"ce_type": b"loyalty.points_earned.v\x00"}, b"{}", "headers_invalid"),
    "a time without offset": ({"ce_time": b"2026-03-01T12:00:00"}, b"{}", "headers_invalid"),
    "a time that no database holds": ({"ce_time": b"9999-12-31T23:59:59-12:00"}, b"{}", "headers_invalid"),
    "a time that is a name": ({"ce_time": b"13800138000 Li Lei"}, b"{}", "headers_invalid"),
    "a newer version": ({"ce_type": b"loyalty.points_earned.v9"}, b"{}", "version_unknown"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_parked_with_its_bytes_and_its_neighbours_are_not(
    database: Database,
    event_log: EventLog,
    name: str,
) -> None:
    headers, body, reason = BROKEN[name]
    attributes = {
        "ce_id": str(new_id()).encode(),
        "ce_source": b"/test",
        "ce_type": b"loyalty.points_earned.v1",
        "ce_time": b"2026-03-01T12:00:00+00:00",
    }
    stored = encode_headers({} if headers == {} else {**attributes, **(headers or {})})
    partition = partition_of(b"a", TOPICS[TOPIC].partitions)
    reader = BatchReader(database.engine("kernel"), stock_consumer(stock_handler()), event_log)
    reader.positions([TopicPartition(TOPIC, partition)])
    good = [earned("a", 1), earned("b", 1)]
    reader.handle(
        [
            Record(TOPIC, partition, 0, b"b", good[1].headers, good[1].body),
            Record(TOPIC, partition, 1, b"z", stored, body),
            Record(TOPIC, partition, 2, b"a", good[0].headers, good[0].body),
        ],
    )
    assert levels(database) == {"a": 1, "b": 1}
    with database.engine("kernel").begin() as connection:
        (parked,) = list_parked(connection)
    assert parked.reason == reason
    assert (parked.record.headers, parked.record.body) == (stored, body)
    assert "13800138000" not in parked.detail


def test_an_error_in_sql_finds_its_record_and_spares_the_others(database: Database, event_log: EventLog) -> None:
    with database.superuser().begin() as connection:
        connection.execute(text("alter table kernel.levels add check (left_over <> 666)"))
    with running(database, event_log, stock_consumer(stock_handler())):
        event_log.publish([earned(f"key-{n}", 666 if n == 13 else n + 1) for n in range(40)])
        wait(database, event_log)
    assert len(levels(database)) == 39
    with database.engine("kernel").begin() as connection:
        assert [p.record.key for p in list_parked(connection)] == [b"key-13"]


def test_the_relay_publishes_in_order_and_a_crash_between_publish_and_delete_does_no_harm(
    database: Database,
    event_log: EventLog,
) -> None:
    engine, handler = database.engine("kernel"), stock_handler(told=True)
    relay = Relay("kernel", engine, event_log)
    with engine.begin() as connection:
        handler.run(connection, [ask("a", Fill(100)), *(ask("a", Take(n)) for n in range(1, 6))])
        kept = fetch(connection, "select * from outbox")
    with engine.connect() as connection:
        assert relay.step(connection) == 5
        assert relay.step(connection) == 0
    with database.superuser().begin() as connection:  # the crash: the rows are still there after the publish
        connection.execute(text("set local search_path to kernel"))
        for row in kept:
            connection.execute(
                text(
                    "insert into outbox overriding system value values (:id, :topic, :key, :event_id, :headers, :body)",
                ),
                dict(zip(("id", "topic", "key", "event_id", "headers", "body"), row, strict=True)),
            )
    with engine.connect() as connection:
        assert relay.step(connection) == 5
    records = _all_records(event_log, database)
    assert len(records) == 10
    assert len({_event_id(r) for r in records}) == 5


def _event_id(record: Record) -> str:
    import orjson  # noqa: PLC0415 - beside its one use

    return str(orjson.loads(record.headers)["ce_id"])


def test_a_row_that_the_log_refuses_is_parked_with_what_follows_its_key(
    database: Database,
    event_log: EventLog,
) -> None:
    engine, handler = database.engine("kernel"), stock_handler(told=True)
    relay = Relay("kernel", engine, event_log)
    with engine.begin() as connection:
        handler.run(connection, [ask("a", Fill(9)), ask("b", Fill(9)), ask("a", Take(1)), ask("b", Take(1))])
        run(
            connection,
            "update outbox set body = %(body)b where id = (select min(id) from outbox)",
            {"body": b"x" * (RECORD_BYTES_MAX + 1)},
        )
    with engine.connect() as connection:
        relay.step(connection)
    with engine.begin() as connection:
        handler.run(connection, [ask("a", Take(1)), ask("b", Take(1))])
    with engine.connect() as connection:
        relay.step(connection)
    assert [r.key for r in _all_records(event_log, database)] == [b"b", b"b"]
    with engine.begin() as connection:
        assert [bytes(key) for (key,) in fetch(connection, "select key from outbox_parked order by id")] == [b"a", b"a"]
        run(connection, "update outbox_parked set body = %(body)b where length(body) > 1000", {"body": b"{}"})
        assert publish_again(connection, parked_rows(connection)[0].id) == 2
    with engine.connect() as connection:
        assert relay.step(connection) == 2
    assert [r.key for r in _all_records(event_log, database) if r.key == b"a"] == [b"a", b"a"]


def test_a_relay_that_failed_leads_again(database: Database, event_log: EventLog) -> None:
    engine, handler = database.engine("kernel"), stock_handler(told=True)
    log_away = _AwayOnce(event_log)
    stop = threading.Event()
    thread = threading.Thread(target=Relay("kernel", engine, log_away).run, args=(stop,))
    thread.start()
    with engine.begin() as connection:
        handler.run(connection, [ask("a", Fill(1)), ask("a", Take(1))])
    until(lambda: len(_all_records(event_log, database)) == 1, what="the record after the failure", timeout_s=10)
    stop.set()
    thread.join(timeout=10)
    assert log_away.failures == 1


class _AwayOnce:
    """A log that does not answer the first time."""

    def __init__(self, event_log: EventLog) -> None:
        self._log = event_log
        self.failures = 0

    def publish(self, records: Any) -> Any:
        if not self.failures:
            self.failures += 1
            raise TransientError("away")
        return self._log.publish(records)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


def test_only_one_relay_leads(database: Database, event_log: EventLog) -> None:
    engine, handler = database.engine("kernel"), stock_handler(told=True)
    stop = threading.Event()
    threads = [threading.Thread(target=Relay("kernel", engine, event_log).run, args=(stop,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        with engine.begin() as connection:
            handler.run(connection, [ask("a", Fill(1)), ask("a", Take(1))])
    until(lambda: len(_all_records(event_log, database)) == 20, what="twenty records")
    stop.set()
    for thread in threads:
        thread.join(timeout=10)
    assert len({_event_id(r) for r in _all_records(event_log, database)}) == 20


def _all_records(event_log: EventLog, database: Database) -> list[Record]:
    """Every record of the topic: read from the log's table in embedded mode."""
    positions = {TopicPartition(TOPIC, p): b.start for p, b in event_log.bounds(TOPIC).items() if b.end > b.start}
    if not positions:
        return []
    records = database.log().fetch(positions, limit=100_000)
    return sorted(records, key=lambda r: (r.partition, r.offset))


def _trim(database: Database, partition: int, *, below: int) -> None:
    with database.engine("log").begin() as connection:
        run(
            connection,
            'delete from records where partition = %(partition)s and "offset" < %(below)s',
            {"partition": partition, "below": below},
        )


def _recreate_topic(database: Database) -> None:
    with database.engine("log").begin() as connection:
        run(connection, "delete from topics where topic = %(topic)s", {"topic": TOPIC})
        run(connection, "delete from records where topic = %(topic)s", {"topic": TOPIC})
