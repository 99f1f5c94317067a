"""Jobs that time causes: once per business date, by one process, again after a crash."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from shared.kernel.clock import BusinessClock
from shared.runtime.moving_clock import MovingClock, move
from shared.runtime.scheduler import run_if_due, run_job
from shared.runtime.service import Job
from shared.testing.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Database

DAY = date(2026, 3, 1)


def test_a_daily_job_runs_once_per_business_date(database: Database) -> None:
    ran: list[date] = []
    job, engine = Job("daily", ran.append), database.engine("kernel")
    assert [run_if_due(job, engine, DAY) for _ in range(3)] == [True, False, False]
    assert run_if_due(job, engine, date(2026, 3, 2))
    assert ran == [DAY, date(2026, 3, 2)]


def test_a_job_that_failed_is_still_due(database: Database) -> None:
    tries: list[date] = []

    def flaky(day: date) -> None:
        tries.append(day)
        if len(tries) == 1:
            raise ConnectionError("away")

    job, engine = Job("flaky", flaky), database.engine("kernel")
    with pytest.raises(ConnectionError):
        run_if_due(job, engine, DAY)
    assert run_if_due(job, engine, DAY)
    assert tries == [DAY, DAY]


def test_of_many_processes_one_runs_it(database: Database) -> None:
    ran, go = [], threading.Event()

    def slow(day: date) -> None:
        go.wait(10)
        ran.append(day)

    job, engine = Job("slow", slow), database.engine("kernel", pool_size=10)
    with ThreadPoolExecutor(6) as pool:
        tries = [pool.submit(run_if_due, job, engine, DAY) for _ in range(6)]
        until(lambda: sum(t.done() for t in tries) == 5, what="five to find it taken")
        go.set()
    assert sorted(t.result() for t in tries) == [False] * 5 + [True]
    assert ran == [DAY]


def test_a_frequent_job_runs_again_and_stops_when_told(database: Database) -> None:
    ran: list[date] = []
    stop = threading.Event()
    clock = BusinessClock(datetime(2026, 3, 1, 2, tzinfo=UTC))
    job = Job("frequent", ran.append, every_s=0.01)
    thread = threading.Thread(target=run_job, args=(job, database.engine("kernel"), clock, "America/New_York", stop))
    thread.start()
    until(lambda: len(ran) >= 3, what="three runs")
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert set(ran) == {date(2026, 2, 28)}


def test_a_daily_job_notices_soon_that_the_clock_was_moved_to_another_day(database: Database, tmp_path: Path) -> None:
    ran: list[date] = []
    stop, file = threading.Event(), tmp_path / "business-time"
    move(file, datetime(2026, 3, 1, 22, tzinfo=UTC))
    arguments = (Job("daily", ran.append), database.engine("kernel"), MovingClock(file), "UTC", stop)
    thread = threading.Thread(target=run_job, args=arguments)
    thread.start()
    until(lambda: ran == [DAY], what="the first day's run")
    move(file, datetime(2026, 3, 4, 8, tzinfo=UTC))
    until(lambda: ran == [DAY, date(2026, 3, 4)], timeout_s=10, what="the run of the new day")
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
