"""How long a loop rests: not in a backlog, long enough to find more in a stream, never longer than somebody waits."""

from __future__ import annotations

import pytest

from shared.kernel import pace as module
from shared.kernel.pace import AWAITED, IDLE_S, IDLE_S_MAX, UNHURRIED, Pace

FULL = 1_000


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: moment[0])
    return moment


def rest(now: list[float], took_s: float, handled: int, *, backlog: bool = False, awaited: bool = True) -> float:
    pace = Pace(FULL, awaited=awaited)
    pace.begin()
    now[0] += took_s
    return pace.rest_after(handled, backlog=backlog)


def test_a_backlog_is_worked_off_without_a_rest(now: list[float]) -> None:
    assert rest(now, 0.2, FULL // 2) == 0.0
    assert rest(now, 0.2, 10, backlog=True) == 0.0, "a small batch of a long backlog"


def test_in_a_stream_it_rests_a_multiple_of_what_the_batch_took(now: list[float]) -> None:
    times, _ = AWAITED
    assert rest(now, 0.01, 10) == pytest.approx(times * 0.01)


def test_it_never_rests_longer_than_somebody_waits(now: list[float]) -> None:
    assert rest(now, 5.0, 10) == AWAITED[1]
    assert rest(now, 5.0, 10, awaited=False) == UNHURRIED[1]


def test_what_nobody_waits_for_takes_a_fiftieth_of_a_processor(now: list[float]) -> None:
    assert rest(now, 0.008, 10, awaited=False) == pytest.approx(0.4)


def test_it_looks_seldomer_and_seldomer_while_nothing_comes_and_soon_again_when_something_did() -> None:
    pace = Pace(FULL, awaited=False)
    idle = [pace.rest_after(0) for _ in range(10)]
    assert idle == sorted(idle)
    assert idle[-1] == IDLE_S_MAX
    pace.rest_after(1)
    assert pace.rest_after(0) == pytest.approx(IDLE_S * 1.5)
