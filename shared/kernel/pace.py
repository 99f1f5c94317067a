"""How long a loop that empties a queue rests between two looks.

A batch costs some work whatever its size. A loop that looks again at once finds a handful of records and spends
its time on that; one that rests for as long as the last batch took finds many, and nobody waits noticeably longer.
"""

from __future__ import annotations

import random
import time

IDLE_S = 0.02
IDLE_S_MAX = 0.2
REST_S_MAX = 0.1
BACK_OFF_S_MAX = 10.0


class Pace:
    """Says how long to rest. One per loop; not shared between threads."""

    def __init__(self, full: int) -> None:
        self._full = full
        self._began = time.monotonic()
        self._idle_s = IDLE_S
        self._failures = 0

    def begin(self) -> None:
        """A look begins."""
        self._began = time.monotonic()

    def rest_after(self, handled: int, *, more: bool = False) -> float:
        """Seconds to rest after a look that handled so many: none while there is a backlog.

        A full batch tells of one, and so does whoever knows that there is `more`.
        """
        self._failures = 0
        if not handled:
            self._idle_s = min(IDLE_S_MAX, self._idle_s * 1.5)
            return self._idle_s
        self._idle_s = IDLE_S
        if more or handled >= self._full // 2:
            return 0.0
        return min(REST_S_MAX, 2 * (time.monotonic() - self._began))

    def back_off(self) -> float:
        """Seconds to wait after a failure: longer each time, scattered, bounded."""
        self._failures += 1
        longest = min(BACK_OFF_S_MAX, 0.1 * 2.0**self._failures)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - scatter, not secrecy
