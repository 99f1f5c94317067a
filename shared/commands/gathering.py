"""What many callers ask for in the same moment is done together, by one of them, in one transaction.

A transaction costs much the same for one receipt as for fifty. Nobody waits for company: who comes alone is served at
once, and those who come meanwhile are served together when that is done.
"""

from __future__ import annotations

import threading
from collections import deque
from contextvars import Context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
R = TypeVar("R")

TURNS = 2
"""How many are at work at once: while one waits for the database, another computes."""


@dataclass(eq=False, slots=True)
class _Asked(Generic[T, R]):
    """One caller's item, and what became of it."""

    item: T
    taken: bool = False
    done: threading.Event = field(default_factory=threading.Event)
    result: R | None = None
    error: Exception | None = None


class Gathering(Generic[T, R]):
    """Does items with `work`, which gives a result for each, in their order, or raises and has done nothing.

    At most `most` are done together. When together they fail, each is done alone: nobody pays for another's error.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]], *, most: int) -> None:
        self._work = work
        self._most = most
        self._waiting: deque[_Asked[T, R]] = deque()
        self._guard = threading.Lock()
        self._turns = threading.Semaphore(TURNS)

    def do(self, item: T) -> R:
        """The result for `item`, when it is done; raises what `work` raised for it."""
        mine: _Asked[T, R] = _Asked(item)
        with self._guard:
            self._waiting.append(mine)
        with self._turns:
            while not mine.taken:
                asked = self._take()
                if len(asked) == 1:
                    self._serve_alone(*asked)
                else:
                    # In nobody's trace, since it is of many.
                    Context().run(self._serve, asked)
        mine.done.wait()
        if mine.error is not None:
            raise mine.error
        return cast("R", mine.result)

    def _take(self) -> list[_Asked[T, R]]:
        """The longest waiting, at least one: whoever asks has one among those that wait."""
        with self._guard:
            asked = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            for one in asked:
                one.taken = True
        return asked

    def _serve(self, asked: Sequence[_Asked[T, R]]) -> None:
        try:
            results = self._work([one.item for one in asked])
        except Exception:  # noqa: BLE001 - whoever it concerns gets it, alone
            for one in asked:
                self._serve_alone(one)
        else:
            for one, result in zip(asked, results, strict=True):
                one.result = result
                one.done.set()

    def _serve_alone(self, one: _Asked[T, R]) -> None:
        try:
            one.result = self._work([one.item])[0]
        except Exception as error:  # noqa: BLE001 - raised where it was asked for
            one.error = error
        one.done.set()
