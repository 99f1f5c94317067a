"""When it is quiet: a table of rules over a member's local time. Where several apply, each one's hours are quiet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.notifications.domain.values import Channel

LOOK_AHEAD = timedelta(days=60)
"""Whoever may not be told anything for so long is not waited for."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietRule:
    """Quiet from `start` to `end` of local time on the days that match; over midnight when `end` is not later.

    A window belongs to the day on which it begins. The same time twice is the whole day. None matches everything.
    """

    start: time
    end: time
    name: str = "quiet hours"
    regions: frozenset[str] | None = None
    channels: frozenset[Channel] | None = None
    weekdays: frozenset[int] | None = None
    """1 is Monday, 7 is Sunday (ISO 8601)."""
    holidays: bool | None = None
    """True: only on public holidays. False: only on other days."""

    def matches(self, region: str | None, channel: Channel) -> bool:
        """Whether the rule is about this region and channel at all."""
        return (self.regions is None or region in self.regions) and (self.channels is None or channel in self.channels)

    def applies_on(self, day: date, holidays: Collection[date]) -> bool:
        """Whether a window of this rule begins on `day`."""
        return (self.weekdays is None or day.isoweekday() in self.weekdays) and (
            self.holidays is None or self.holidays == (day in holidays)
        )

    def window(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The window that begins on `day`, as moments; its end is the first one that is not quiet."""
        last = day if self.end > self.start else day + _DAY
        # A local time that a change of the clocks skips or repeats stands for two moments. The wider window is
        # taken: nobody is woken because a clock was set.
        return min(_moments(day, self.start, zone)), max(_moments(last, self.end, zone))


@dataclass(frozen=True, slots=True)
class Quiet:
    """It is quiet now, by the rule called `name`; `until` is the first moment that is not, if one is near."""

    name: str
    until: datetime | None


def quiet_at(
    rules: Sequence[QuietRule],
    now: datetime,
    *,
    zone: ZoneInfo,
    region: str | None,
    channel: Channel,
    holidays: Collection[date],
) -> Quiet | None:
    """Whether `now` is quiet for a member in `zone` and `region`; None when she may be told."""
    relevant = [rule for rule in rules if rule.matches(region, channel)]
    first: str | None = None
    moment = now
    while moment <= now + LOOK_AHEAD:
        covering = list(_covering(relevant, moment, zone, holidays))
        if not covering:
            return Quiet(first, moment) if first is not None else None
        moment, name = max(covering)
        first = first or name
    return Quiet(first or "", None)


def _covering(
    rules: Sequence[QuietRule],
    moment: datetime,
    zone: ZoneInfo,
    holidays: Collection[date],
) -> Iterator[tuple[datetime, str]]:
    """The windows that hold `moment`, by their ends. A window is at most two days long, the day of its end included."""
    today = moment.astimezone(zone).date()
    for day in (today - _DAY - _DAY, today - _DAY, today, today + _DAY):
        for rule in rules:
            if rule.applies_on(day, holidays):
                start, end = rule.window(day, zone)
                if start <= moment < end:
                    yield end, rule.name


def _moments(day: date, at: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    local = datetime.combine(day, at, zone)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
