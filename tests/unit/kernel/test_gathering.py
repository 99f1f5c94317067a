"""Calls that come at once are done together, each with its own answer or its own error, and nobody is forgotten."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from shared.commands import gathering as module
from shared.commands.gathering import TURNS, Gathering
from shared.kernel.errors import TransientError
from shared.testing.waiting import until

if TYPE_CHECKING:
    from collections.abc import Sequence


class Work:
    """Doubles numbers; negative ones are refused. `gate` holds it up."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        assert self.gate.wait(30)
        if any(item < 0 for item in items):
            raise ValueError(str(items))
        return [2 * item for item in items]


def take_every_turn(callers: ThreadPoolExecutor, gathering: Gathering[int, int], work: Work) -> list[Future[int]]:
    """Whoever comes now waits, until the gate is opened."""
    work.gate.clear()
    first = [callers.submit(gathering.do, n) for n in range(TURNS)]
    until(lambda: len(work.batches) == TURNS)
    return first


def test_who_comes_alone_is_served_at_once() -> None:
    work = Work()
    gathering = Gathering(work, most=10)
    assert [gathering.do(n) for n in range(3)] == [0, 2, 4]
    assert work.batches == [[0], [1], [2]]


def test_who_comes_meanwhile_is_served_together() -> None:
    work = Work()
    gathering = Gathering(work, most=10)
    with ThreadPoolExecutor(30) as callers:
        first = take_every_turn(callers, gathering, work)
        later = [callers.submit(gathering.do, n) for n in range(100, 125)]
        until(lambda: len(gathering._waiting) == 25)
        work.gate.set()
        assert [call.result(10) for call in first] == [2 * n for n in range(TURNS)]
        assert [call.result(10) for call in later] == [2 * n for n in range(100, 125)]
    assert sorted(len(batch) for batch in work.batches[TURNS:]) == [5, 10, 10]


def test_an_error_is_only_his_who_asked_for_it() -> None:
    work = Work()
    gathering = Gathering(work, most=10)
    with ThreadPoolExecutor(30) as callers:
        first = take_every_turn(callers, gathering, work)
        later = {n: callers.submit(gathering.do, n) for n in (3, -4, 5)}
        until(lambda: len(gathering._waiting) == 3)
        work.gate.set()
        assert later[3].result(10) == 6
        assert later[5].result(10) == 10
        with pytest.raises(ValueError, match=r"\[-4\]"):
            later[-4].result(10)
        assert all(call.result(10) is not None for call in first)


def test_what_is_away_is_waited_for_once_and_not_by_each() -> None:
    class Away(Work):
        def __call__(self, items: Sequence[int]) -> list[int]:
            results = super().__call__(items)
            if len(items) > 1:
                raise TransientError("away")
            return results

    work = Away()
    gathering = Gathering(work, most=10)
    with ThreadPoolExecutor(30) as callers:
        first = take_every_turn(callers, gathering, work)
        later = [callers.submit(gathering.do, n) for n in range(10)]
        until(lambda: len(gathering._waiting) == 10)
        work.gate.set()
        assert {type(call.exception(10)) for call in later} == {TransientError}
        assert all(call.exception(10) is None for call in first)
    assert [len(batch) for batch in work.batches] == [1] * TURNS + [10]


def test_a_turn_is_given_to_who_waits_longest_though_others_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever barged in would let one who waits wait for ever."""
    monkeypatch.setattr(module, "TURNS", 1)
    work = Work()
    gathering = Gathering(work, most=1)
    work.gate.clear()
    with ThreadPoolExecutor(10) as callers:
        calls = []
        for n in range(10):
            calls.append(callers.submit(gathering.do, n))
            until(lambda n=n: len(gathering._waiting) == n)  # type: ignore[misc]
        work.gate.set()
        assert [call.result(10) for call in calls] == [2 * n for n in range(10)]
    assert work.batches == [[n] for n in range(10)]


def test_of_many_calls_none_is_forgotten_and_none_done_twice() -> None:
    seen: list[int] = []
    guard = threading.Lock()

    def work(items: Sequence[int]) -> list[int]:
        time.sleep(items[0] % 3 / 2_000)
        with guard:
            seen.extend(items)
        return [item + 1 for item in items]

    gathering = Gathering(work, most=7)
    with ThreadPoolExecutor(40) as callers:
        assert list(callers.map(gathering.do, range(2_000), timeout=60)) == [n + 1 for n in range(2_000)]
    assert sorted(seen) == list(range(2_000))
