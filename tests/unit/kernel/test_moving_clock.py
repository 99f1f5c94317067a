"""A clock that is moved by a file: every reader follows, forward only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shared.kernel.errors import InvalidInput
from shared.runtime.moving_clock import MovingClock, move, read_moment
from shared.runtime.settings import ServiceSettings

if TYPE_CHECKING:
    from pathlib import Path

EVENING = datetime(2017, 12, 31, 23, 59, 59, tzinfo=UTC)
MORNING = EVENING + timedelta(hours=8)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "business-time"
    move(path, EVENING)
    return path


def test_it_stands_until_it_is_moved_and_then_every_reader_follows(file: Path) -> None:
    clocks = [MovingClock(file) for _ in range(2)]
    assert {clock.now() for clock in clocks} == {EVENING}
    move(file, MORNING)
    assert {clock.now() for clock in clocks} == {MORNING}, "at once: who lags behind refuses what others did today"
    assert clocks[0].today("America/New_York") == date(2018, 1, 1)


def test_nobody_moves_it_back(file: Path) -> None:
    with pytest.raises(InvalidInput, match="only goes forward"):
        move(file, EVENING - timedelta(seconds=1))
    with pytest.raises(InvalidInput, match="no offset"):
        move(file, MORNING.replace(tzinfo=None))
    assert read_moment(file) == EVENING
    move(file, EVENING)


def test_a_file_that_somebody_wrote_an_earlier_moment_into_is_not_followed(file: Path) -> None:
    clock = MovingClock(file)
    for strange in ((EVENING - timedelta(days=1)).isoformat(), "tomorrow", "2018-01-01T08:00:00"):
        file.write_text(strange)
        assert clock.now() == EVENING
    file.unlink()
    assert clock.now() == EVENING
    file.write_text(MORNING.isoformat())
    assert clock.now() == MORNING


def settings(**clock: object) -> ServiceSettings:
    return ServiceSettings(database_url="postgresql+psycopg://nobody@nowhere/nothing", database_schema="x", **clock)


def test_a_service_has_one_clock_and_knows_when_it_is_not_the_machines(file: Path) -> None:
    moved = settings(business_time_file=file)
    assert isinstance(moved.business_clock(), MovingClock)
    assert (moved.own_time, settings(business_time=EVENING).own_time, settings().own_time) == (True, True, False)
    with pytest.raises(ValueError, match="there is one clock"):
        settings(business_time=EVENING, business_time_file=file)


def test_a_file_that_is_not_there_is_named_at_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere holds no moment with an offset; write one like"):
        settings(business_time_file=tmp_path / "nowhere")
