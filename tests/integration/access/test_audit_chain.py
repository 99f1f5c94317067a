"""The audit log is a chain (promise P9): whatever is done to it behind our back is found and named."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.access.audit_chain import ANCHOR, Anchor, anchors_in, verify
from shared.access.audit_log import ORIGIN, Entry, append, head, read, row_hash
from shared.database.batch import fetch

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from shared.access.audit_log import Head
    from tests.conftest import Database

ROWS = 7


@pytest.fixture
def engine(database: Database) -> Engine:
    engine = database.engine("kernel", pool_size=20)
    for n in range(ROWS):
        with engine.begin() as connection:
            append(connection, [Entry("anne", "profile_unmasked", f"customer/{n}", {"purpose": "audit", "no": None})])
    return engine


def look(engine: Engine, *anchors: Head) -> str | None:
    with engine.connect() as connection:
        return verify(connection, anchors).broken


def tamper(database: Database, *statements: str) -> None:
    """As somebody who owns the database, and switches off whatever guards it."""
    with database.superuser().begin() as connection:
        connection.execute(text("set local search_path to kernel"))
        connection.execute(text("set local session_replication_role to replica"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount > 0


def test_what_was_written_holds_and_is_read_in_order(engine: Engine) -> None:
    assert look(engine) is None
    with engine.connect() as connection:
        rows = list(read(connection))
        assert head(connection).number == ROWS
    assert [row.number for row in rows] == list(range(1, ROWS + 1))
    assert rows[0].details == '{"no":null,"purpose":"audit"}'
    assert rows[0].previous_hash == ORIGIN


def test_an_empty_chain_holds(database: Database) -> None:
    assert look(database.engine("stores")) is None


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("update audit_log set actor = 'nobody' where number = 4", "row 4 was changed"),
        ("update audit_log set action = 'x' where number = 4", "row 4 was changed"),
        ("update audit_log set subject = 'customer/5' where number = 4", "row 4 was changed"),
        ("update audit_log set details = '{}' where number = 4", "row 4 was changed"),
        ('update audit_log set details = \'{"no": null,"purpose":"audit"}\' where number = 4', "row 4 was changed"),
        ("update audit_log set at = at + interval '1 microsecond' where number = 4", "row 4 was changed"),
        ("update audit_log set hash = previous_hash where number = 4", "row 4 was changed"),
        ("update audit_log set previous_hash = sha256('x') where number = 4", "row 4 is another row"),
        ("delete from audit_log where number = 1", "row 1 is missing"),
        ("delete from audit_log where number = 4", "row 4 is missing"),
        ("delete from audit_log where number in (4, 5)", "row 4 is missing"),
        (f"delete from audit_log where number = {ROWS}", f"row {ROWS} is missing"),
        (f"delete from audit_log where number > {ROWS - 3}", f"row {ROWS - 2} is missing"),
        ("delete from audit_log", "row 1 is missing"),
        ("update audit_log_head set hash = sha256('x')", f"row {ROWS} is not the one"),
        ("delete from audit_log_head", "the head is missing"),
        ("update audit_log_head set number = number + 1", f"row {ROWS + 1} is missing"),
    ],
)
def test_a_row_that_was_changed_dropped_or_cut_off_is_named(
    database: Database,
    engine: Engine,
    statement: str,
    named: str,
) -> None:
    tamper(database, statement)
    found = look(engine)
    assert found
    assert found.startswith(named)


def test_rows_that_were_swapped_are_named(database: Database, engine: Engine) -> None:
    tamper(
        database,
        "update audit_log set number = -1 where number = 3",
        "update audit_log set number = 3 where number = 5",
        "update audit_log set number = 5 where number = -1",
    )
    assert (look(engine) or "").startswith("row 3 is another row")


def test_what_two_rows_tell_cannot_be_swapped_either(database: Database, engine: Engine) -> None:
    tamper(
        database,
        "update audit_log a set subject = b.subject from audit_log b"
        " where (a.number = 3 and b.number = 5) or (a.number = 5 and b.number = 3)",
    )
    assert (look(engine) or "").startswith("row 3 was changed")


def test_a_row_that_was_dropped_and_the_rest_renumbered_is_named(database: Database, engine: Engine) -> None:
    tamper(
        database,
        "delete from audit_log where number = 3",
        "update audit_log set number = -number where number > 3",
        "update audit_log set number = -number - 1 where number < 0",
        "update audit_log_head set number = number - 1",
    )
    assert (look(engine) or "").startswith("row 3 is another row")


def rewrite(connection: Connection, *, leave: int) -> None:
    """Makes a whole new chain of the first `leave` rows with another actor: perfect, but for what was noted down."""
    previous = ORIGIN
    for row in list(read(connection))[:leave]:
        own = row_hash(previous, row.number, row.at, ("nobody", row.action, row.subject, row.details))
        connection.execute(
            text("update audit_log set actor = 'nobody', previous_hash = :p, hash = :h where number = :n"),
            {"p": previous, "h": own, "n": row.number},
        )
        previous = own
    connection.execute(text("delete from audit_log where number > :n"), {"n": leave})
    connection.execute(text("update audit_log_head set number = :n, hash = :h"), {"n": leave, "h": previous})


@pytest.mark.parametrize(
    ("leave", "named"),
    [(ROWS, f"row {ROWS} is not the one that was noted down"), (ROWS - 2, f"row {ROWS - 1} is missing")],
)
def test_whoever_rewrites_the_whole_chain_is_found_by_an_anchor(
    database: Database,
    engine: Engine,
    leave: int,
    named: str,
) -> None:
    with engine.connect() as connection:
        noted = head(connection)
    with database.superuser().begin() as connection:
        connection.execute(text("set local search_path to kernel"))
        connection.execute(text("set local session_replication_role to replica"))
        rewrite(connection, leave=leave)
    assert look(engine) is None, "the chain alone cannot tell"
    assert (look(engine, noted) or "").startswith(named)


def test_anchors_are_found_among_other_lines_of_a_log(engine: Engine) -> None:
    with engine.connect() as connection:
        noted = Anchor("kernel", head(connection))
    line = f'{{"event":"{ANCHOR}","service":"kernel","number":{ROWS},"hash":"{noted.head.hash.hex()}"}}'
    lines = ["", "not json audit_anchor", '{"event":"audit_anchor"}', f'{{"event":"x","y":"{ANCHOR}"}}', line]
    assert list(anchors_in(lines)) == [noted]
    assert look(engine, noted.head) is None


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_log set actor = 'x'",
        "delete from audit_log",
        "truncate audit_log",
        "delete from audit_log_head",
        "insert into audit_log_head values (false, 0, '')",
    ],
)
def test_the_application_role_can_only_add(engine: Engine, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement", ["update audit_log set actor = 'x'", "delete from audit_log", "truncate audit_log"]
)
def test_the_owner_is_stopped_by_the_triggers(database: Database, engine: Engine, statement: str) -> None:
    assert look(engine) is None
    with pytest.raises(DBAPIError, match="insert only"), database.owner_engine("kernel").begin() as connection:
        connection.execute(text(statement))


def test_twenty_writers_at_once_do_not_fork_the_chain(database: Database, engine: Engine) -> None:
    barrier = threading.Barrier(20)

    def write(n: int) -> None:
        barrier.wait()
        with engine.begin() as connection:
            append(connection, [Entry(f"w{n}", "x", "y"), Entry(f"w{n}", "x", "z")])

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(write, range(20)))
    assert look(engine) is None
    with database.engine("kernel").connect() as connection:
        actors = [
            actor for (actor,) in fetch(connection, "select actor from audit_log where number > 7 order by number")
        ]
    assert len(actors) == 40
    assert actors[::2] == actors[1::2], "the rows of one transaction stand together"


def test_what_is_rolled_back_leaves_no_gap(engine: Engine) -> None:
    with engine.connect() as connection:
        append(connection, [Entry("anne", "x", "y")])
        connection.rollback()
    with engine.begin() as connection:
        append(connection, [Entry("anne", "x", "z")])
        append(connection, [])
    assert look(engine) is None
    with engine.connect() as connection:
        assert head(connection).number == ROWS + 1
