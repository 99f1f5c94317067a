"""How often: at most so many in any window of so long, windows sliding with every moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta


def next_allowed(sends: Iterable[datetime], now: datetime, cap: int, window: timedelta) -> datetime:
    """The first moment from `now` on at which one more leaves at most `cap` in every window that ends then.

    A send counts until exactly `window` after it. Those that lie after `now`, as after a clock was set back, count
    too. `cap` is at least 1: a cap of 0 has no such moment.
    """
    counted = sorted(sent for sent in sends if sent > now - window)
    if len(counted) < cap:
        return now
    return counted[len(counted) - cap] + window
