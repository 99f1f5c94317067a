"""What the event store promises to every service, on real PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import text

from shared.commands.transact import transact
from shared.database.batch import fetch, run
from shared.database.engine import constraint_of
from shared.eventstore.append_lock import take_append_lock
from shared.kernel.errors import ConcurrencyConflict
from shared.testing.waiting import until
from tests.support.stock import Break, Fill, Stock, Take, UsedUp, ask, because, stock_handler, stream

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.conftest import Database


def levels(engine: Engine) -> dict[str, int]:
    with engine.begin() as connection:
        return dict(fetch(connection, "select stock_id, left_over from levels"))


def test_a_batch_touches_many_streams_and_every_command_sees_the_one_before(database: Database) -> None:
    engine, handler = database.engine("kernel"), stock_handler()
    with engine.begin() as connection:
        decisions = handler.run(
            connection,
            [ask("a", Fill(5)), ask("a", Take(3)), ask("b", Fill(1)), ask("a", Take(3)), ask("a", Take(2))],
        )
    assert [type(d.error) for d in decisions] == [type(None), type(None), type(None), UsedUp, type(None)]
    with engine.begin() as connection:
        loaded = handler.store.load(connection, [stream("a"), stream("b"), stream("c")])
    assert {s.id: (entry.version, entry.state) for s, entry in loaded.items()} == {
        "a": (3, Stock(0)),
        "b": (1, Stock(1)),
        "c": (0, Stock(0)),
    }
    assert levels(engine) == {"a": 0, "b": 1}


def test_a_unit_stands_or_falls_as_a_whole(database: Database) -> None:
    engine, handler = database.engine("kernel"), stock_handler()
    with engine.begin() as connection:
        decisions = handler.run(connection, [[*ask("a", Fill(5)), *ask("b", Take(1))], ask("a", Fill(1))])
    assert isinstance(decisions[0].error, UsedUp)
    assert levels(engine) == {"a": 1}


def test_a_failing_command_does_not_disturb_its_neighbours(database: Database) -> None:
    engine, handler = database.engine("kernel"), stock_handler()
    with engine.begin() as connection:
        decisions = handler.run(connection, [ask("a", Fill(5)), ask("a", Break()), ask("a", Fill(1))])
    assert [d.error is None for d in decisions] == [True, False, True]
    assert levels(engine) == {"a": 6}


def test_the_second_of_two_writers_gets_a_conflict_and_decides_again(database: Database) -> None:
    engine, handler = database.engine("kernel"), stock_handler()
    with engine.begin() as first:
        handler.run(first, [ask("a", Fill(1))])
        second = engine.connect()
        # The second has read version 0 as well, and waits for the first at the state's row.
        loaded = handler.store.load(second, [stream("a")])
        assert loaded[stream("a")].version == 0
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(handler.run, second, [ask("a", Fill(2))])
            until(lambda: _waiting_for_locks(database) == 1, what="the second writer to wait")
            first.commit()
            with pytest.raises(ConcurrencyConflict):
                waiting.result(timeout=10)
        second.rollback()
        second.close()
    transact(engine, lambda connection, lock: handler.run(connection, [ask("a", Fill(2))], lock=lock))
    assert levels(engine) == {"a": 3}


def _waiting_for_locks(database: Database) -> int:
    with database.superuser().begin() as connection:
        return int(
            connection.scalar(
                text("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = :name"),
                {"name": database.name},
            )
            or 0,
        )


def test_eighty_callers_twenty_units_twenty_succeed_and_sixty_hear_used_up(database: Database) -> None:
    engine = database.engine("kernel", pool_size=40)
    handler = stock_handler(contended=True)
    transact(engine, lambda connection, lock: handler.run(connection, [ask("last", Fill(20))], lock=lock))
    callers, barrier = 80, threading.Barrier(80)

    def call(_: int) -> str:
        barrier.wait()

        def work(connection: object, lock: bool) -> str:
            (decision,) = handler.run(connection, [ask("last", Take(1))], lock=lock)  # type: ignore[arg-type]
            return decision.rejected.code if decision.rejected else "taken"

        try:
            return transact(engine, work)
        except ConcurrencyConflict:
            return "conflict"

    with ThreadPoolExecutor(callers) as pool:
        answers = list(pool.map(call, range(callers)))
    assert {answer: answers.count(answer) for answer in set(answers)} == {"taken": 20, "used_up": 60}
    assert levels(engine) == {"last": 0}


def test_the_same_cause_handled_again_derives_the_same_event_and_is_refused_by_its_id(database: Database) -> None:
    engine, handler, cause = database.engine("kernel"), stock_handler(), because()
    with engine.begin() as connection:
        handler.run(connection, [ask("a", Fill(1), cause)])
    with engine.connect() as connection, pytest.raises(psycopg.errors.UniqueViolation) as violation:
        handler.run(connection, [ask("a", Fill(1), cause)])
    assert constraint_of(violation.value) == "events_event_id"


@pytest.mark.parametrize(
    "statement",
    ["update events set type = 'x'", "delete from events", "truncate events"],
)
@pytest.mark.parametrize("role", ["application", "owner"])
def test_history_cannot_be_changed(database: Database, statement: str, role: str) -> None:
    engine, handler = database.engine("kernel"), stock_handler()
    with engine.begin() as connection:
        handler.run(connection, [ask("a", Fill(1))])
    writer = engine if role == "application" else database.owner_engine("kernel")
    expected = psycopg.errors.InsufficientPrivilege if role == "application" else psycopg.errors.RestrictViolation
    with writer.connect() as connection, pytest.raises(expected):
        run(connection, statement)


def test_a_missing_or_outdated_state_is_folded_from_the_events(database: Database) -> None:
    engine, handler = database.engine("kernel"), stock_handler()
    with engine.begin() as connection:
        handler.run(connection, [ask("a", Fill(5)), ask("a", Take(2)), ask("b", Fill(7))])
    with engine.begin() as connection:
        run(connection, "delete from stream_state where stream_id = 'a'")
        run(connection, "update stream_state set schema_hash = 'old', state = '{\"was\": 1}' where stream_id = 'b'")
        loaded = handler.store.load(connection, [stream("a"), stream("b")])
        assert (loaded[stream("a")].version, loaded[stream("a")].state) == (2, Stock(3))
        assert (loaded[stream("b")].version, loaded[stream("b")].state) == (1, Stock(7))
        handler.run(connection, [ask("a", Take(3)), ask("b", Take(7))])
    assert levels(engine) == {"a": 0, "b": 0}


def test_an_append_waits_for_a_rebuild_that_switches_and_for_nothing_else(database: Database) -> None:
    engine, handler = database.engine("kernel"), stock_handler()
    with engine.connect() as other, engine.connect() as one:
        handler.run(one, [ask("a", Fill(1))])
        handler.run(other, [ask("b", Fill(1))])  # two open appends do not wait for each other
        one.rollback()
        other.rollback()
    with engine.connect() as rebuild, ThreadPoolExecutor(1) as pool:
        take_append_lock(rebuild)

        def append() -> None:
            with engine.begin() as connection:
                handler.run(connection, [ask("a", Fill(1))])

        appended = pool.submit(append)
        until(lambda: _waiting_for_locks(database) == 1, what="the append to wait")
        assert levels(engine) == {}
        rebuild.rollback()
        appended.result(timeout=10)
    assert levels(engine) == {"a": 1}
