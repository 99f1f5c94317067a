"""Where a member is in her life as a customer, by her days of purchase alone.

The stages are tried from the far end: whoever has not bought for long is lost, at risk or cooling, whatever she was
before. Of those who bought lately, *new* has one receipt from within the first days, and *back* bought again,
within the last days, after a pause in which she had been lost. Everybody else is active. Without a receipt that counts
there is no stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

Stage = Literal["new", "active", "cooling", "at_risk", "lost", "back"]
STAGES: tuple[Stage, ...] = ("new", "active", "cooling", "at_risk", "lost", "back")


@dataclass(frozen=True, slots=True)
class LifecycleDays:
    """The thresholds, in whole days; `new` and `back` lie before `cooling`, and the other three follow each other."""

    new: int = 30
    """One receipt, so many days ago at most. A month: in it a second visit is still the habit's beginning."""
    back: int = 30
    """So long somebody who was lost is called back; then she is active like others."""
    cooling: int = 45
    """From here on a visit is overdue: in groceries the middle gap between visits is under a week, the long ones end
    before six."""
    at_risk: int = 90
    """A quarter without a purchase."""
    lost: int = 180
    """Half a year."""

    def __post_init__(self) -> None:
        if not 0 < max(self.new, self.back) < self.cooling < self.at_risk < self.lost:
            msg = (
                f"lifecycle days new {self.new}, back {self.back}, cooling {self.cooling}, at_risk {self.at_risk}, "
                f"lost {self.lost}: new and back must be before cooling, and cooling before at_risk before lost"
            )
            raise ValueError(msg)


class Buying(NamedTuple):
    """What the stage depends on.

    `resumed_on` is the first purchase of the last `back` days, `paused_on` the last one before them: no pause that
    long can lie between two purchases of those days.
    """

    receipts: int
    last_on: date | None
    resumed_on: date | None
    paused_on: date | None


def days_since(day: date, today: date) -> int:
    """Whole days; a purchase dated after today, by a store that is ahead of the chain's own zone, is today's."""
    return max(0, (today - day).days)


def stage_of(buying: Buying, days: LifecycleDays, today: date) -> Stage | None:  # noqa: PLR0911 - one return per stage
    """The stage, or None for whoever has no receipt that counts."""
    if buying.last_on is None or not buying.receipts:
        return None
    since = days_since(buying.last_on, today)
    if since >= days.lost:
        return "lost"
    if since >= days.at_risk:
        return "at_risk"
    if since >= days.cooling:
        return "cooling"
    if buying.receipts == 1 and since <= days.new:
        return "new"
    if pause_of(buying) >= days.lost:
        return "back"
    return "active"


def reason_of(buying: Buying, days: LifecycleDays, today: date) -> str:
    """Why she is in her stage, in words."""
    stage = stage_of(buying, days, today)
    if stage is None or buying.last_on is None:
        return "no purchase that counts"
    last = f"last purchase {days_since(buying.last_on, today)} days ago"
    match stage:
        case "lost" | "at_risk" | "cooling":
            return f"{last}, {stage} from {getattr(days, stage)}"
        case "new":
            return f"first purchase {days_since(buying.last_on, today)} days ago, new up to {days.new}"
        case "back":
            return f"bought again on {buying.resumed_on} after {pause_of(buying)} days, lost from {days.lost}"
        case _:
            return f"{last}, cooling from {days.cooling}"


def pause_of(buying: Buying) -> int:
    """The days between the purchase by which she came back and the one before it."""
    if buying.resumed_on is None or buying.paused_on is None:
        return 0
    return (buying.resumed_on - buying.paused_on).days
