"""How the threads and the processes of a system take turns."""

from __future__ import annotations

import os
import sys

import pytest

from services import processes
from shared.runtime.roles import BACKGROUND, EVERY_ROLE, Role

PYTHONS_OWN_S = 0.005


@pytest.mark.parametrize("roles", [{Role.API}, EVERY_ROLE], ids=["api", "every role"])
def test_who_answers_callers_lets_no_thread_wait_long_and_gives_way_to_nobody(
    roles: set[Role], monkeypatch: pytest.MonkeyPatch
) -> None:
    intervals, niceness = turns_of(roles, monkeypatch)
    assert niceness == []
    assert len(intervals) == 1
    # Forty waiting threads that wake more often than a thousand times a second each took two processors for it.
    assert 0.001 < intervals[0] < PYTHONS_OWN_S


@pytest.mark.parametrize("roles", [BACKGROUND, {Role.CONSUMERS}], ids=["worker", "consumers"])
def test_who_answers_nobody_gives_way_and_its_forty_threads_wake_as_seldom_as_python_lets_them(
    roles: set[Role], monkeypatch: pytest.MonkeyPatch
) -> None:
    intervals, niceness = turns_of(roles, monkeypatch)
    assert niceness == [processes.GIVES_WAY]
    assert intervals == []


def turns_of(roles: set[Role], monkeypatch: pytest.MonkeyPatch) -> tuple[list[float], list[int]]:
    """What a process of `roles` asks of Python, and of the kernel."""
    intervals: list[float] = []
    niceness: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(sys, "setswitchinterval", intervals.append)
        patch.setattr(os, "nice", niceness.append)
        processes._take_turns(roles)
    return intervals, niceness
