"""Rebuilding an inline projection: equal rows, nothing lost while others append, an instant of waiting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from shared.commands.transact import transact
from shared.database.batch import fetch, run
from shared.database.migrate import application_role
from shared.eventstore.append_lock import take_append_lock
from shared.projections.rebuild import RebuildReport, RebuildRunning, rebuild_projection
from shared.testing.waiting import until
from tests.conftest import ROOT
from tests.support.locks import somebody_waits
from tests.support.stock import Fill, Take, ask, stock_handler

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.conftest import Database

ROLE = application_role("kernel")
handler = stock_handler(told=True)
levels = handler.projections[0]


def fill(engine: Engine, *names: str, units: int = 1) -> None:
    transact(engine, lambda c, lock: handler.run(c, [ask(name, Fill(units)) for name in names], lock=lock))


def rows(engine: Engine, sql: str = "select * from levels order by 1") -> list[tuple[Any, ...]]:
    with engine.begin() as connection:
        return fetch(connection, sql)


def rebuild(database: Database, **more: Any) -> RebuildReport:
    return rebuild_projection(database.owner_engine("kernel"), handler.store, levels, ROLE, **more)


def shape(engine: Engine) -> list[tuple[Any, ...]]:
    """Everything about the table that a migration or an operator may rely on."""
    return rows(
        engine,
        """
        select 'index', indexname, indexdef from pg_indexes where schemaname = 'kernel' and tablename = 'levels'
        union all select 'constraint', conname, pg_get_constraintdef(oid) from pg_constraint
          where conrelid = 'levels'::regclass and contype = 'p'
        union all select 'option', relname, array_to_string(reloptions, ',') from pg_class
          where oid = 'levels'::regclass
        union all select 'comment', '', obj_description('levels'::regclass, 'pg_class')
        union all select 'right', grantee, privilege_type from information_schema.role_table_grants
          where table_schema = 'kernel' and table_name = 'levels'
        union all select 'table', table_name, '' from information_schema.tables
          where table_schema = 'kernel' and table_name like 'levels%'
        order by 1, 2, 3
        """,
    )


def test_a_rebuild_gives_equal_rows_and_says_so(database: Database) -> None:
    engine = database.engine("kernel")
    transact(engine, lambda c, lock: handler.run(c, [ask(f"s{n % 7}", Fill(n)) for n in range(100)], lock=lock))
    transact(engine, lambda c, lock: handler.run(c, [ask("s6", Take(5))], lock=lock))
    before, told = rows(engine), rows(engine, "select count(*) from outbox")
    seen: list[tuple[int, int]] = []
    report = rebuild(database, progress=lambda read, left: seen.append((read, left)))
    assert report.equal
    assert (report.read, report.tables[0].rows) == (101, 7)
    assert seen[-1] == (101, 0)
    assert rows(engine) == before
    assert rows(engine, "select count(*) from outbox") == told, "nothing is told again"
    fill(engine, "s0")
    assert rows(engine)[0][1] == before[0][1] + 1


def test_a_difference_is_reported_by_key_and_repaired(database: Database) -> None:
    engine = database.engine("kernel")
    fill(engine, "a", "b", "c", "d", units=5)
    before = rows(engine)
    with engine.begin() as connection:
        run(connection, "update levels set left_over = 77 where stock_id = 'a'")
        run(connection, "delete from levels where stock_id in ('b', 'c')")
        run(connection, "insert into levels values ('x', 1, 1)")
    report = rebuild(database)
    table = report.tables[0]
    assert not report.equal
    assert (table.missing, table.surplus, table.changed, table.keys) == (1, 2, 1, ("a", "b", "c"))
    assert rows(engine) == before
    assert rebuild(database).equal


def test_the_new_table_has_everything_that_the_old_one_had(database: Database) -> None:
    owner = database.owner_engine("kernel")
    with owner.begin() as connection:
        run(connection, "create index levels_left on levels (left_over) where left_over > 0")
        run(connection, "alter table levels set (fillfactor = 50)")
        run(connection, "comment on table levels is 'What is ''left''.'")
    before = shape(owner)
    rebuild(database)
    rebuild(database)
    assert shape(owner) == before


def test_appends_during_the_rebuild_are_all_there(database: Database) -> None:
    engine = database.engine("kernel", pool_size=10)
    for _ in range(3):
        fill(engine, *[f"s{n}" for n in range(900)])
    stop, appended = threading.Event(), [0, 0, 0]

    def append(writer: int) -> None:
        while not stop.is_set():
            fill(engine, f"w{writer}", "shared")
            appended[writer] += 1

    writers = [threading.Thread(target=append, args=(n,)) for n in range(3)]
    for writer in writers:
        writer.start()
    reports = [rebuild(database) for _ in range(3)]
    stop.set()
    for writer in writers:
        writer.join()
    assert all(report.equal for report in reports)
    found = {name: left for name, left, _ in rows(engine)}
    assert [found[f"w{n}"] for n in range(3)] == appended
    assert found["shared"] == sum(appended)
    assert max(report.blocked_s for report in reports) < 2


def test_an_append_that_began_before_the_switch_and_commits_late_is_not_missed(database: Database) -> None:
    engine = database.engine("kernel")
    fill(engine, "a")
    reports: list[RebuildReport] = []
    rebuilding = threading.Thread(target=lambda: reports.append(rebuild(database)))
    with engine.begin() as late:
        # Its position is taken now; events behind it become visible before it does.
        handler.run(late, [ask("late", Fill(7))])
        fill(engine, "b")
        rebuilding.start()
        until(lambda: somebody_waits(engine), what="the rebuild waits for the open append")
    rebuilding.join()
    assert reports[0].equal
    assert {name: left for name, left, _ in rows(engine)} == {"a": 1, "b": 1, "late": 7}


def test_a_reader_that_stays_in_the_table_delays_the_switch_but_no_append(database: Database) -> None:
    engine = database.engine("kernel")
    fill(engine, "a")
    reports: list[RebuildReport] = []
    rebuilding = threading.Thread(target=lambda: reports.append(rebuild(database)))
    with engine.begin() as reader:
        fetch(reader, "select * from levels")
        rebuilding.start()
        until(lambda: rows(engine, "select from pg_locks where mode = 'AccessExclusiveLock' and not granted"))
        for _ in range(3):
            fill(engine, "a")
    rebuilding.join()
    assert reports[0].equal
    assert rows(engine)[0][1] == 4


def test_readers_see_the_live_table_until_the_switch(database: Database) -> None:
    engine, owner = database.engine("kernel"), database.owner_engine("kernel")
    fill(engine, "a")
    before = rows(engine)
    with owner.begin() as holder:
        take_append_lock(holder)
        rebuilding = threading.Thread(target=rebuild, args=(database,))
        rebuilding.start()
        until(lambda: rows(engine, "select to_regclass('levels__rebuild')")[0][0])
        assert rows(engine) == before
    rebuilding.join()
    assert rows(engine) == before


def test_two_rebuilds_of_one_read_model_do_not_meet(database: Database) -> None:
    fill(database.engine("kernel"), "a")

    def again(read: int, left: int) -> None:
        with pytest.raises(RebuildRunning):
            rebuild(database)
        called.append((read, left))

    called: list[tuple[int, int]] = []
    assert rebuild(database, progress=again).equal
    assert called


_KILLED = """
import sys
from shared.database.engine import connect
from shared.projections.rebuild import rebuild_projection
from tests.support.stock import stock_handler
handler = stock_handler()
rebuild_projection(connect(sys.argv[1], schema="kernel"), handler.store, handler.projections[0], sys.argv[2])
"""


def test_a_killed_rebuild_leaves_the_live_table_alone_and_can_be_run_again(database: Database) -> None:
    engine = database.engine("kernel")
    fill(engine, "a", "b")
    before = rows(engine)
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, database.url("regulars_kernel_owner"), ROLE],
        env={**os.environ, "REGULARS_FAILPOINTS": "rebuild.before_switch:kill"},
        check=False,
        cwd=ROOT,
    )
    assert killed.returncode == -signal.SIGKILL
    assert rows(engine) == before
    fill(engine, "c")
    # The dead process's locks are gone as soon as the server notices.
    report = until(lambda: _try(database), what="the killed rebuild's lock")
    assert report is not None
    assert report.equal
    assert len(rows(engine)) == 3


def _try(database: Database) -> RebuildReport | None:
    try:
        return rebuild(database)
    except RebuildRunning:
        return None
