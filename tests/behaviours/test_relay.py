"""From the outbox to the log: in order, again after a crash, by one leader."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from shared.contracts.topics import RECORD_BYTES_MAX
from shared.database.batch import fetch, run
from shared.kernel.errors import TransientError
from shared.messaging import relay as relay_module
from shared.messaging.log import EventLog
from shared.messaging.relay import Relay, parked_rows, publish_again
from shared.testing.waiting import until
from tests.conftest import Database
from tests.support.consuming import (
    all_records,
    event_id_of,
)
from tests.support.stock import Fill, Take, ask, stock_handler


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
    records = all_records(event_log)
    assert len(records) == 10
    assert len({event_id_of(r) for r in records}) == 5


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
    assert [r.key for r in all_records(event_log)] == [b"b", b"b"]
    with engine.begin() as connection:
        assert [bytes(key) for (key,) in fetch(connection, "select key from outbox_parked order by id")] == [b"a", b"a"]
        run(connection, "update outbox_parked set body = %(body)b where length(body) > 1000", {"body": b"{}"})
        assert publish_again(connection, parked_rows(connection)[0].id) == 2
    with engine.connect() as connection:
        assert relay.step(connection) == 2
    assert [r.key for r in all_records(event_log) if r.key == b"a"] == [b"a", b"a"]


def test_rows_that_come_back_from_parking_are_not_overtaken(
    database: Database,
    event_log: EventLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, handler = database.engine("kernel"), stock_handler(told=True)
    with engine.begin() as connection:
        handler.run(connection, [ask("a", Fill(9)), ask("a", Take(1))])
        run(connection, "insert into outbox_parked select *, 'a test' from outbox")
        run(connection, "delete from outbox")
        handler.run(connection, [ask("a", Take(2))])
        parked_id = parked_rows(connection)[0].id
    asked = itertools.count()

    def come_back_in_between(*question: Any, **how: Any) -> Any:
        # An operator, right after the relay's first look.
        answer = fetch(*question, **how)
        if next(asked) == 0:
            with database.engine("kernel").begin() as other:
                publish_again(other, parked_id)
        return answer

    monkeypatch.setattr(relay_module, "fetch", come_back_in_between)
    with engine.connect() as connection:
        relaying = Relay("kernel", engine, event_log)
        while relaying.step(connection):
            pass
        with engine.begin() as other:
            for row in parked_rows(other):
                publish_again(other, row.id)
        while relaying.step(connection):
            pass
    told = [orjson.loads(r.body)["points"] for r in all_records(event_log)]
    assert told == [1, 2]


def test_a_relay_that_failed_leads_again(database: Database, event_log: EventLog) -> None:
    engine, handler = database.engine("kernel"), stock_handler(told=True)
    log_away = _AwayOnce(event_log)
    stop = threading.Event()
    thread = threading.Thread(target=Relay("kernel", engine, log_away).run, args=(stop,))
    thread.start()
    with engine.begin() as connection:
        handler.run(connection, [ask("a", Fill(1)), ask("a", Take(1))])
    until(lambda: len(all_records(event_log)) == 1, what="the record after the failure", timeout_s=10)
    stop.set()
    thread.join(timeout=10)
    assert log_away.failures == 1


def test_only_one_relay_leads(database: Database, event_log: EventLog) -> None:
    engine, handler = database.engine("kernel"), stock_handler(told=True)
    stop = threading.Event()
    threads = [threading.Thread(target=Relay("kernel", engine, event_log).run, args=(stop,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        with engine.begin() as connection:
            handler.run(connection, [ask("a", Fill(1)), ask("a", Take(1))])
    until(lambda: len(all_records(event_log)) == 20, what="twenty records")
    stop.set()
    for thread in threads:
        thread.join(timeout=10)
    assert len({event_id_of(r) for r in all_records(event_log)}) == 20


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
