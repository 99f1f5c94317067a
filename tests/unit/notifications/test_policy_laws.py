"""What holds of the policy whatever the rules, the zone and the moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.domain.policy.evaluate import evaluate
from services.notifications.domain.policy.facts import Candidate, Facts, Policy
from services.notifications.domain.policy.frequency import next_allowed
from services.notifications.domain.policy.quiet_hours import QuietRule, quiet_at
from services.notifications.domain.policy.verdict import Defer, Send

ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe")]
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - given one
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
RULES = st.builds(
    QuietRule,
    start=TIMES,
    end=TIMES,
    weekdays=st.none() | st.frozensets(st.integers(1, 7), min_size=1),
    holidays=st.sampled_from([None, True, False]),
)
DAYS = st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=30)


@settings(max_examples=300)
@given(rules=st.lists(RULES, max_size=4), now=MOMENTS, zone=st.sampled_from(ZONES), holidays=DAYS)
def test_a_quiet_time_ends_later_and_then_it_is_not_quiet(
    rules: list[QuietRule], now: datetime, zone: ZoneInfo, holidays: frozenset[date]
) -> None:
    where: dict[str, Any] = {"zone": zone, "region": None, "channel": "email", "holidays": holidays}
    quiet = quiet_at(rules, now, **where)
    if quiet is not None and quiet.until is not None:
        assert quiet.until > now
        assert quiet_at(rules, quiet.until, **where) is None
        # Until then it is quiet without a gap.
        assert quiet_at(rules, quiet.until - timedelta(seconds=1), **where) is not None
        assert quiet_at(rules, now + (quiet.until - now) / 2, **where) is not None


@given(
    wanted=st.lists(st.integers(0, 60 * 24 * 40), min_size=1, max_size=40),
    cap=st.integers(1, 5),
    days=st.integers(1, 14),
)
def test_no_window_ever_holds_more_than_the_cap(wanted: list[int], cap: int, days: int) -> None:
    start, window = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=days)
    sends: list[datetime] = []
    for minute in sorted(wanted):
        now = start + timedelta(minutes=minute)
        until = next_allowed(sends, now, cap, window)
        assert until >= now
        assert next_allowed(sends, until, cap, window) == until
        if until == now:
            sends.append(now)
    for end in sends:
        assert sum(1 for sent in sends if end - window < sent <= end) <= cap


@settings(max_examples=300)
@given(
    rules=st.lists(RULES, max_size=3),
    now=MOMENTS,
    zone=st.sampled_from(ZONES),
    sends=st.lists(st.integers(0, 20_000), max_size=6),
    cap=st.sampled_from([None, 1, 3]),
)
def test_a_deferral_is_later_and_is_followed_to_its_end(
    rules: list[QuietRule], now: datetime, zone: ZoneInfo, sends: list[int], cap: int | None
) -> None:
    facts = Facts(zone=zone, marketing_since={"email": now - timedelta(days=900)})
    policy = Policy(channels=frozenset({"email"}), cap=cap, quiet=tuple(rules))
    message = Candidate("marketing", ("email",), None, None, now + timedelta(days=60))
    times = [now - timedelta(minutes=minutes) for minutes in sends]
    moment = now
    for _ in range(4):
        verdict = evaluate(message, facts, policy, suppressions={}, sends=times, now=moment)
        if not isinstance(verdict, Defer):
            break
        assert verdict.until > moment
        moment = verdict.until
    else:
        # The cap once, the hours once: then it is sent, or never.
        raise AssertionError(verdict)
    if moment != now:
        assert isinstance(verdict, Send) or verdict.rule == "quiet_hours"
