"""A campaign's result: what the treated did more than the held out, and, beside it, what happened on the way.

What was reached or redeemed is never a comparison: whoever opens a message or uses an offer chose to, and would have
bought more without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from services.campaigns.domain.experiment.comparison import ArmSum, Comparison, compare

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from services.campaigns.domain.experiment.arms import Arm


class ArmSums(Protocol):
    """What each arm did in some time: visits, and sales by currency."""

    @property
    def visits(self) -> dict[Arm, ArmSum]: ...

    @property
    def sales(self) -> dict[str, dict[Arm, ArmSum]]: ...


class SumArms(Protocol):
    """Sums what each arm's members did from `since` and before `until`."""

    def __call__(self, connection: Connection, experiment: UUID, since: datetime, until: datetime) -> ArmSums: ...


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured result: sales per member by currency, visits per member, and when it was measured."""

    since: datetime
    until: datetime
    treated: int
    held_out: int
    sales: dict[str, Comparison]
    visits: Comparison


def measure(
    connection: Connection,
    sum_arms: SumArms,
    campaign_id: UUID,
    since: datetime,
    until: datetime,
) -> Measured:
    """Compares everybody who was treated with everybody who was held out."""
    sums = sum_arms(connection, campaign_id, since, until)
    visits = sums.visits
    return Measured(
        since=since,
        until=until,
        treated=visits["treated"].members,
        held_out=visits["held_out"].members,
        sales={currency: compare(arms["treated"], arms["held_out"]) for currency, arms in sums.sales.items()},
        visits=compare(visits["treated"], visits["held_out"]),
    )
