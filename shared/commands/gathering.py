"""What many callers ask for in the same moment is done together, by one of them, in one transaction.

Much of what a transaction costs is the same for one item as for fifty. Nobody waits for company: who comes alone is
served at once, and those who come meanwhile are served together when that is done.
"""

from __future__ import annotations

import threading
from collections import deque
from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from shared.database.engine import is_away
from shared.kernel.errors import TransientError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
R = TypeVar("R")

TURNS = 2
"""How many are at work at once: while one waits for the database, another computes."""


@dataclass(eq=False, slots=True)
class _Asked(Generic[T, R]):
    """One caller's item, and what became of it. `woken` when it is done, or when its caller has a turn: for whom."""

    item: T
    woken: threading.Event
    serves: Sequence[_Asked[T, R]] = ()
    result: R | None = None
    error: Exception | None = None


class Gathering(Generic[T, R]):
    """Does items with `work`, which gives a result for each, in their order, or raises and has done nothing.

    At most `most` are done together. When together they fail, each is done alone: nobody pays for another's error. But
    a database that is away is away for everybody: to wait for it once for each would be an answer after minutes.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]], *, most: int) -> None:
        self._work = work
        self._most = most
        self._guard = threading.Lock()
        self._turns = TURNS
        self._waiting: deque[_Asked[T, R]] = deque()
        """In the order of their coming; nobody waits while there is a turn."""

    def do(self, item: T) -> R:
        """The result for `item`, when it is done; raises what `work` raised for it."""
        mine: _Asked[T, R] = _Asked(item, threading.Event())
        with self._guard:
            self._waiting.append(mine)
            self._give_turns()
        mine.woken.wait()
        if mine.serves:
            # It is among them: the circle would keep all of them until the garbage collector comes.
            asked, mine.serves = mine.serves, ()
            try:
                self._take_turn(asked)
            finally:
                with self._guard:
                    self._turns += 1
                    self._give_turns()
        if mine.error is not None:
            raise mine.error
        return cast("R", mine.result)

    def _give_turns(self) -> None:
        """Each to the longest waiting, who serves those behind it too."""
        while self._turns and self._waiting:
            self._turns -= 1
            group = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            group[0].serves = group
            group[0].woken.set()

    def _take_turn(self, asked: Sequence[_Asked[T, R]]) -> None:
        if len(asked) == 1:
            self._serve_alone(asked[0])
        else:
            # In nobody's trace, since it is of many.
            Context().run(self._serve, asked)

    def _serve(self, asked: Sequence[_Asked[T, R]]) -> None:
        try:
            results = self._work([one.item for one in asked])
        except Exception as error:  # noqa: BLE001 - raised where it was asked for
            for one in asked:
                if isinstance(error, TransientError) or is_away(error):
                    one.error = error
                    one.woken.set()
                else:
                    self._serve_alone(one)
        else:
            for one, result in zip(asked, results, strict=True):
                one.result = result
                one.woken.set()

    def _serve_alone(self, one: _Asked[T, R]) -> None:
        try:
            one.result = self._work([one.item])[0]
        except Exception as error:  # noqa: BLE001 - raised where it was asked for
            one.error = error
        one.woken.set()
