"""A bound on guessing: so many attempts per key and window, counted before they are judged."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from shared.access.errors import TooManyAttempts

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS_MAX = 10_000


class GuessLimit:
    """At most `attempts_max` failed attempts per key in `window_s`; kept in memory, for `KEYS_MAX` keys."""

    def __init__(self, attempts_max: int, window_s: float, clock: Callable[[], float]) -> None:
        self._attempts_max = attempts_max
        self._window_s = window_s
        self._clock = clock
        self._attempts: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def count(self, key: str) -> None:
        """Counts an attempt before it is judged, so that many at once cannot slip through.

        Raises `TooManyAttempts`.
        """
        with self._lock:
            now = self._clock()
            attempts = self._attempts.pop(key, deque())
            while attempts and attempts[0] <= now - self._window_s:
                attempts.popleft()
            # The key that was quiet for longest makes room: guessers cannot fill the memory with names.
            while len(self._attempts) >= KEYS_MAX:
                del self._attempts[next(iter(self._attempts))]
            self._attempts[key] = attempts
            if len(attempts) >= self._attempts_max:
                raise TooManyAttempts(max(1, round(attempts[0] + self._window_s - now)))
            attempts.append(now)

    def forgive(self, key: str) -> None:
        """The last attempt was right: it does not count."""
        with self._lock:
            attempts = self._attempts.get(key)
            if attempts:
                attempts.pop()
