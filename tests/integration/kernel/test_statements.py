"""Statements on the way to the server: put together, questions by themselves, connections that have gone."""

from __future__ import annotations

import pytest
from psycopg import Error
from sqlalchemy import Connection, Engine

from shared.database.batch import copy_rows, driver, fetch, run, together, write
from shared.database.engine import reading
from tests.conftest import Database

ADD = "insert into {table} (id, said) values (%(id)s, %(said)s)"


@pytest.fixture
def engine(database: Database) -> Engine:
    return database.engine("kernel")


@pytest.fixture
def connection(engine: Engine) -> Connection:
    with engine.connect() as connection:
        for table in ("one", "two"):
            run(connection, f"create temporary table {table} (id integer primary key, said text, raw bytea)")
        yield connection


def test_what_is_written_together_is_one_statement(connection: Connection) -> None:
    with together(connection):
        write(connection, "one", ADD.format(table="one"), {"id": 1, "said": "it's 100%"})
        copy_rows(connection, "two (id, said, raw)", [(1, None, b"\0\\"), (2, 'a "b" \\', None)])
        assert _statements(connection) == 0
    assert _rows(connection, "one") == [(1, "it's 100%", None)]
    assert _rows(connection, "two") == [(1, None, b"\0\\"), (2, 'a "b" \\', None)]


def test_whoever_asks_sees_what_was_written_before(connection: Connection) -> None:
    with together(connection):
        write(connection, "one", ADD.format(table="one"), {"id": 1, "said": "a"})
        assert _rows(connection, "one") == [(1, "a", None)]
        assert run(connection, "update one set said = 'b'") == 1


def test_a_table_that_is_changed_again_is_changed_afterwards(connection: Connection) -> None:
    with together(connection):
        write(connection, "one", ADD.format(table="one"), {"id": 1, "said": "a"})
        write(connection, "two", ADD.format(table="two"), {"id": 1, "said": "a"})
        write(connection, "one", "update one set said = said || %(more)s", {"more": "b"})
    assert _rows(connection, "one") == [(1, "ab", None)]


def test_what_waited_when_something_failed_is_never_sent(connection: Connection) -> None:
    def fail() -> None:
        with together(connection):
            write(connection, "one", ADD.format(table="one"), {"id": 1, "said": "a"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _rows(connection, "one") == []


def test_one_part_that_fails_fails_all(connection: Connection) -> None:
    run(connection, "savepoint before")

    def add() -> None:
        with together(connection):
            write(connection, "one", ADD.format(table="one"), {"id": 1, "said": "a"})
            copy_rows(connection, "two (id, said)", [(1, "a"), (1, "b")])

    with pytest.raises(Error, match="two_pkey"):
        add()
    run(connection, "rollback to savepoint before")
    assert _rows(connection, "one") == []


def test_a_question_leaves_no_transaction_open(engine: Engine) -> None:
    with reading(engine) as connection:
        assert fetch(connection, "select 1") == [(1,)]
        assert driver(connection).info.transaction_status.name == "IDLE"
    with engine.connect() as connection:
        fetch(connection, "select 1")
        assert driver(connection).info.transaction_status.name == "INTRANS"


def test_a_connection_whose_server_has_gone_is_not_given_out(engine: Engine, database: Database) -> None:
    with engine.begin() as connection:
        [(gone,)] = fetch(connection, "select pg_backend_pid()")
    with database.superuser().connect() as connection:
        connection.exec_driver_sql(f"select pg_terminate_backend({gone}, 5000)")
    with engine.begin() as connection:
        [(pid,)] = fetch(connection, "select pg_backend_pid()")
    assert pid != gone


def _rows(connection: Connection, table: str) -> list[tuple[object, ...]]:
    return [
        (id_, said, raw and bytes(raw)) for id_, said, raw in fetch(connection, f"select * from {table} order by id")
    ]


def _statements(connection: Connection) -> int:
    """How many rows the server has of what waits: asked beside `fetch`, which would send it."""
    with driver(connection).cursor() as cursor:
        cursor.execute("select (select count(*) from one) + (select count(*) from two)")
        [row] = cursor.fetchall()
        return int(row[0])
