"""How long a loop that empties a queue rests between two looks.

A batch costs some work whatever its size, so many small ones cost more than a few large ones: a loop that looks again
at once finds a handful of records and spends its time on that. One that rests for a multiple of what its last batch
took finds more, and takes a bounded part of a processor whatever the machine: two dozen loops share it. What nobody
waits for rests longer, so that what somebody waits for is done sooner.
"""

from __future__ import annotations

import random
import time

IDLE_S = 0.02
IDLE_S_MAX = 0.2
AWAITED = (1, 0.05)
UNHURRIED = (50, 0.5)
"""How many times as long as its last batch a loop rests, and for how many seconds at most."""
BACK_OFF_S_MAX = 10.0


class Pace:
    """Says how long to rest. One per loop; not shared between threads. `awaited`: somebody waits for what it does."""

    def __init__(self, full: int, *, awaited: bool = True) -> None:
        self._full = full
        self._times, self._rest_s_max = AWAITED if awaited else UNHURRIED
        self._began = time.monotonic()
        self._idle_s = IDLE_S
        self._failures = 0

    def begin(self) -> None:
        """A look begins."""
        self._began = time.monotonic()

    def rest_after(self, handled: int, *, backlog: bool = False) -> float:
        """Seconds to rest after a look that handled so many: none while there is a backlog.

        Half a full batch tells of one; `backlog` says that something else does.
        """
        self._failures = 0
        if not handled:
            self._idle_s = min(IDLE_S_MAX, self._idle_s * 1.5)
            return self._idle_s
        self._idle_s = IDLE_S
        if backlog or handled >= self._full // 2:
            return 0.0
        return min(self._rest_s_max, self._times * (time.monotonic() - self._began))

    def back_off(self) -> float:
        """Seconds to wait after a failure: longer each time, scattered, bounded."""
        self._failures += 1
        longest = min(BACK_OFF_S_MAX, 0.1 * 2.0**self._failures)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - scatter, not secrecy
