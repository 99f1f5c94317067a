"""What cannot be handled: parked alone or with its followers, refused, redriven, purged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from shared.contracts.envelope import encode_headers
from shared.contracts.topics import TOPICS
from shared.database.batch import fetch
from shared.kernel.ids import new_id
from shared.messaging.batches import BatchReader
from shared.messaging.consumer import DONE, Consumer
from shared.messaging.log import EventLog, partition_of
from shared.messaging.message import Record, TopicPartition
from shared.messaging.offset_moves import carry_out, plan_move, skip_to_start
from shared.messaging.parking import list_parked, purge
from shared.messaging.redrive import redrive
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
from tests.support.stock import Fill, StockView, ask, stock_consumer, stock_handler

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


def test_the_line_about_a_parked_record_names_its_correlation_and_causation(
    database: Database,
    event_log: EventLog,
) -> None:
    record = earned("a", -1)
    with capture_logs() as lines, running(database, event_log, stock_consumer(stock_handler())):
        event_log.publish([record])
        wait(database, event_log)
    (line,) = [line for line in lines if line["event"] == "record_parked"]
    assert (line["causation_id"], line["correlation_id"]) == (str(record.event_id), str(record.event_id))


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


def test_a_record_at_the_place_of_a_parked_one_is_parked_too(
    database: Database,
    event_log: EventLog,
    operate: Operations,
) -> None:
    engine, consumer = database.engine("kernel"), stock_consumer(stock_handler())
    mended = _with_mended_view(consumer, lambda points: 100 if points < 0 else points)
    with running(database, event_log, consumer):
        event_log.publish([earned("a", -1), earned("a", 2)])
        wait(database, event_log)
    event_log = operate.recreate()
    skip_to_start(engine, consumer, event_log, "topic made anew")
    others = [earned("a", 3), earned("a", 4)]
    with running(database, event_log, consumer):
        event_log.publish(others)
        wait(database, event_log)
    with engine.begin() as connection:
        parked = list_parked(connection)
    assert [p.record.offset for p in parked] == [-2, -1, 0, 1], "what came before stands before what comes now"
    assert [p.record.body for p in parked[2:]] == [record.body for record in others]
    done = redrive(engine, mended, event_log, parked[0].id)
    assert (done.handled, done.still_parked) == (4, 0)
    assert history(database, "a") == [100, 2, 3, 4], "in the order in which they came"


def test_a_parked_record_that_comes_again_is_the_same_and_is_not_lost(database: Database, event_log: EventLog) -> None:
    engine, consumer = database.engine("kernel"), stock_consumer(stock_handler())
    blind = type(consumer)(**{**consumer.__dict__, "views": {"loyalty.points_earned.v0": StockView}})
    event_log.publish([earned("a", 5)])
    partition = TopicPartition(TOPIC, partition_of(b"a", TOPICS[TOPIC].partitions))
    for reading in (blind, blind, consumer):
        # The last release reads it and claims it; it waits behind itself, where it was parked without a claim.
        reader = BatchReader(engine, reading, event_log)
        reader.positions([partition])
        reader.handle(all_records(event_log))
        carry_out(engine, reading, event_log, plan_move(engine, reading, event_log, partition, 0), "once more")
    with engine.begin() as connection:
        [parked] = list_parked(connection)
    assert parked.claimed
    done = redrive(engine, consumer, event_log, parked.id)
    assert (done.handled, done.still_parked) == (1, 0)
    assert history(database, "a") == [5]


def test_what_was_erased_stays_so_when_it_comes_again(database: Database, event_log: EventLog) -> None:
    engine, consumer = database.engine("kernel"), stock_consumer(stock_handler())
    blind = type(consumer)(**{**consumer.__dict__, "views": {"loyalty.points_earned.v0": StockView}})
    event_log.publish([earned("a", 5)])
    partition = TopicPartition(TOPIC, partition_of(b"a", TOPICS[TOPIC].partitions))
    for _ in range(2):
        reader = BatchReader(engine, blind, event_log)
        reader.positions([partition])
        reader.handle(all_records(event_log))
        with engine.begin() as connection:
            purge(connection, b"a")
            assert {(p.reason, p.record.body) for p in list_parked(connection)} == {("erased", None)}
        carry_out(engine, blind, event_log, plan_move(engine, blind, event_log, partition, 0), "once more")
    BatchReader(engine, blind, event_log).handle(all_records(event_log))
    with engine.begin() as connection:
        assert [(p.reason, p.record.body) for p in list_parked(connection)] == [("erased", None)]


def _with_mended_view(consumer: Consumer, mend: Callable[[int], int]) -> Consumer:
    handler = stock_handler()

    def handle(connection: Any, batch: Any, *, lock: bool) -> Any:
        units = [ask(m.key.decode(), Fill(mend(m.body.points)), m.cause) for m in batch]
        handler.run(connection, units, lock=lock)
        return [DONE for _ in batch]

    return type(consumer)(**{**consumer.__dict__, "handle": handle})
