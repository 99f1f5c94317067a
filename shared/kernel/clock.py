"""The business clock: which moment and which day it is for the business.

Deciders do not see it: time comes in with the command. Schedulers, expiry and policies read it; a demo may set it
and production may not. What is our own time (`recorded_at`, leases, trimming) is the database's.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


class BusinessClock:
    """Business time: the machine's, or a fixed moment while a demo replays the past.

    `shared.runtime.moving_clock` has one whose moment can be moved.
    """

    def __init__(self, fixed: datetime | None = None) -> None:
        if fixed is not None and fixed.utcoffset() is None:
            msg = f"business clock {fixed.isoformat()} has no offset; write it like 2017-12-31T23:59:59-05:00"
            raise ValueError(msg)
        self.fixed = fixed

    def now(self) -> datetime:
        """The business moment, with an offset."""
        return self.fixed or datetime.now(UTC)

    def today(self, time_zone: str) -> date:
        """The business date in a zone such as `America/New_York`."""
        return self.now().astimezone(ZoneInfo(time_zone)).date()
