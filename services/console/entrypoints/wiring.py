"""What the routes share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.console.read_models.members.filters import MemberFilter
from services.console.read_models.members.query import Asked

if TYPE_CHECKING:
    from datetime import date, timedelta

    from sqlalchemy import Engine

    from shared.access.permissions import Caller
    from shared.access.visibility import Members
    from shared.kernel.clock import BusinessClock


@dataclass(frozen=True, slots=True)
class Wiring:
    """Made by the bootstrap."""

    engine: Engine
    members: Members
    clock: BusinessClock
    time_zone: str
    complaint_time: timedelta
    uncontacted_days: int

    @property
    def today(self) -> date:
        """The chain's business date."""
        return self.clock.today(self.time_zone)

    def asked(self, caller: Caller, filter_: MemberFilter | None = None) -> Asked:
        """Which members `caller` asks for, of those she sees."""
        seen = self.members.visible_to(caller, "m.customer_id")
        return Asked(seen, filter_ or MemberFilter(), self.clock.now())
