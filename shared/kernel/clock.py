"""Two clocks. `Clock` says when we did something; `BusinessClock` says which day it is for the business.

Deciders see neither: time comes in with the command. Schedulers, expiry and policies read a
`BusinessClock`, which a demo may set and production may not.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Our own time, for `recorded_at`, leases and metrics. Aware, UTC."""

    def now(self) -> datetime:
        """The moment, with an offset."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class BusinessClock:
    """Business time: the machine's, or a fixed moment while a demo replays the past."""

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
