"""Errors of PostgreSQL that pass: the same transaction again is right, at once or later."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from shared.commands.transact import transact
from shared.database.batch import fetch, run
from shared.database.engine import is_transient, lost_a_race
from shared.testing.waiting import until

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.conftest import Database

TAKE = "update consumer_offsets set next_offset = next_offset + 1 where partition = %(partition)s"


def test_a_request_that_lost_a_deadlock_is_decided_again(database: Database) -> None:
    engine = database.engine("kernel")
    with engine.begin() as connection:
        run(
            connection,
            "insert into consumer_offsets select 'c', 't', p, 0, gen_random_uuid() from generate_series(1, 2) p",
        )
    both_hold_one = threading.Barrier(2)
    tries: list[int] = []

    def cross(first: int, second: int) -> None:
        def work(connection: Connection, _lock: bool) -> None:
            tries.append(first)
            again = tries.count(first) > 1
            # In the other's order: in its own it could overtake the other's wait and lose the same race once more.
            one, other = (second, first) if again else (first, second)
            run(connection, TAKE, {"partition": one})
            if not again:
                both_hold_one.wait(10)
            run(connection, TAKE, {"partition": other})

        transact(engine, work)

    threads = [threading.Thread(target=cross, args=places) for places in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(tries) == 3, "one of the two was decided again"
    with engine.begin() as connection:
        assert fetch(connection, "select next_offset from consumer_offsets") == [(2,), (2,)]


def test_a_deadlock_that_does_not_end_is_told_after_three_tries(database: Database) -> None:
    tries: list[int] = []

    def work(connection: Connection, _lock: bool) -> None:
        tries.append(1)
        run(connection, "do $$ begin raise exception 'again' using errcode = '40P01'; end $$")

    with pytest.raises((psycopg.Error, DBAPIError)) as raised:
        transact(database.engine("kernel"), work)
    assert lost_a_race(raised.value)
    assert is_transient(raised.value)
    assert len(tries) == 3


def test_a_transaction_that_overslept_is_not_taken_for_a_mistake(database: Database) -> None:
    """As after SIGSTOP: PostgreSQL has ended the session of whoever was idle inside a transaction."""
    engine = database.engine("kernel")
    with pytest.raises((psycopg.Error, DBAPIError)) as raised, engine.begin() as connection:  # noqa: PT012 - what ends the session is part of it
        run(connection, "set idle_in_transaction_session_timeout = 50")
        [(pid,)] = fetch(connection, "select pg_backend_pid()")
        # Each look is a transaction: within one, PostgreSQL shows the sessions as they were at its first look.
        with database.superuser().execution_options(isolation_level="AUTOCOMMIT").connect() as other:
            gone = f"select not exists (select from pg_stat_activity where pid = {pid})"
            until(lambda: other.exec_driver_sql(gone).scalar(), what="the session to end")
        fetch(connection, "select 1")
    assert is_transient(raised.value), repr(raised.value)


def test_a_database_that_only_reads_is_waited_for(database: Database) -> None:
    """As in the moments after a failover, while the standby is not promoted yet."""
    engine = database.engine("kernel")
    with pytest.raises((psycopg.Error, DBAPIError)) as raised, engine.begin() as connection:  # noqa: PT012 - what refuses is part of it
        run(connection, "set transaction read only")
        run(connection, "delete from outbox")
    assert is_transient(raised.value), repr(raised.value)
