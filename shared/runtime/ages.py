"""How old a place in a queue is, learnt by watching the queue's end: nothing has to be stamped or read for it."""

from __future__ import annotations

from bisect import bisect_right

SIGHTINGS_MAX = 2_000


class Ages:
    """When the end of one queue was first seen beyond each place. All times are of one monotonic clock."""

    def __init__(self) -> None:
        self._ends: list[int] = []
        self._seen_at: list[float] = []

    def reached(self, end: int, now: float) -> None:
        """The queue holds places up to, not including, `end`."""
        if self._ends and end <= self._ends[-1]:
            return
        self._ends.append(end)
        self._seen_at.append(now)
        if len(self._ends) > SIGHTINGS_MAX:
            # Half of them, the oldest and the newest among those: coarser, never wrong.
            del self._ends[1:-1:2], self._seen_at[1:-1:2]

    def age(self, place: int, now: float) -> float:
        """Seconds since `place` was first seen filled: it is at least so old, and older by one look at most.

        What was there at the first look counts from then.
        """
        found = bisect_right(self._ends, place)
        return now - self._seen_at[found] if found < len(self._seen_at) else 0.0
