"""The contact policy as a table: who, what, when, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.notifications.domain.policy.evaluate import evaluate
from services.notifications.domain.policy.facts import Candidate, Facts, Policy, Suppression
from services.notifications.domain.policy.quiet_hours import QuietRule
from services.notifications.domain.policy.verdict import Defer, Send, Suppress
from services.notifications.domain.values import Channel
from shared.kernel.ids import derived_id

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 2, 12, tzinfo=SHANGHAI)
"""A Monday at noon."""
LONG_AGO = NOW - timedelta(days=400)
EVERY_CHANNEL: tuple[Channel, ...] = ("sms", "email", "phone", "post", "wechat", "app")
NIGHT = QuietRule(time(20), time(8))
CAMPAIGN = derived_id("campaign")
FACTS = Facts(
    zone=SHANGHAI,
    membership_since=LONG_AGO,
    marketing_since=dict.fromkeys(EVERY_CHANNEL, LONG_AGO),
    region="east",
)
POLICY = Policy(channels=frozenset(EVERY_CHANNEL), quiet=(NIGHT,))
MAIL = Candidate("marketing", ("email",), None, CAMPAIGN, NOW + timedelta(days=14))
POINTS = Candidate("membership", ("email",), None, None, NOW + timedelta(days=14))
TEXT = replace(MAIL, channels=("sms",))


def at(hour: int, minute: int = 0, *, day: int = 2, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=zone)


@dataclass(frozen=True)
class Row:
    """One line of the table; what is not said is as usual, and usual is sent."""

    name: str
    says: Any = field(default_factory=lambda: Send("email"))
    message: Candidate = MAIL
    now: datetime = NOW
    facts: dict[str, Any] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)
    suppressions: dict[Channel, Suppression] = field(default_factory=dict)
    sends: tuple[datetime, ...] = ()


def closed(reach: Any = "marketing", reason: str = "requested", when: datetime = NOW) -> Suppression:
    return Suppression(reach, reason, when)


def ago(*days: float) -> tuple[datetime, ...]:
    return tuple(NOW - timedelta(days=n) for n in days)


HOUR = NOW + timedelta(hours=1)
ROWS = [
    Row("everything is as it should be"),
    # Erased, before everything else.
    Row("erased", "erased", facts={"erased": True}),
    Row("erased and expired", "erased", facts={"erased": True}, now=MAIL.expires_at),
    Row("erased and without consent", "erased", facts={"erased": True, "marketing_since": {}}),
    Row("erased, membership", "erased", message=POINTS, facts={"erased": True}),
    # Too late.
    Row("the moment before it expires", now=MAIL.expires_at - timedelta(seconds=1)),
    Row("the moment when it expires", "too_late", now=MAIL.expires_at),
    Row("long after", "too_late", now=MAIL.expires_at + timedelta(days=30)),
    Row("expired and without consent", "too_late", now=MAIL.expires_at, facts={"marketing_since": {}}),
    Row("expired membership", "too_late", message=POINTS, now=POINTS.expires_at),
    # Consent.
    Row("no consent", "consent", facts={"marketing_since": {}}),
    Row("consent to another channel", "consent", facts={"marketing_since": {"sms": LONG_AGO}}),
    Row("consent to membership only", "consent", facts={"marketing_since": {}, "membership_since": LONG_AGO}),
    Row("membership without its consent", "consent", message=POINTS, facts={"membership_since": None}),
    Row("membership without marketing", message=POINTS, facts={"marketing_since": {}}),
    Row("the second channel has consent", Send("sms"), replace(MAIL, channels=("email", "sms")),
        facts={"marketing_since": {"sms": LONG_AGO}}),
    Row("the first of two", Send("sms"), replace(MAIL, channels=("sms", "email"))),
    Row("consent comes before complaints", "consent", facts={"marketing_since": {}, "complaint_open": True}),
    # Suppression list.
    Row("suppressed", "suppression_list", suppressions={"email": closed()}),
    Row("everything suppressed", "suppression_list", suppressions={"email": closed("everything", "wrong_number")}),
    Row("another channel suppressed", suppressions={"sms": closed()}),
    Row("the second channel is open", Send("sms"), replace(MAIL, channels=("email", "sms")),
        suppressions={"email": closed()}),
    Row("marketing suppressed, membership goes", message=POINTS, suppressions={"email": closed()}),
    Row("everything suppressed, membership too", "suppression_list", message=POINTS,
        suppressions={"email": closed("everything", "bounced")}),
    Row("unsubscribed after the consent", "suppression_list", suppressions={"email": closed(reason="unsubscribed")}),
    Row("agreed again after unsubscribing", suppressions={"email": closed(reason="unsubscribed", when=NOW)},
        facts={"marketing_since": {"email": NOW + timedelta(seconds=1)}}),
    Row("agreed in the moment of unsubscribing", "suppression_list",
        suppressions={"email": closed(reason="unsubscribed", when=NOW)}, facts={"marketing_since": {"email": NOW}}),
    Row("agreed after a bounce", "suppression_list", suppressions={"email": closed(reason="bounced", when=LONG_AGO)},
        facts={"marketing_since": {"email": NOW}}),
    Row("suppression comes before complaints", "suppression_list", suppressions={"email": closed()},
        facts={"complaint_open": True}),
    # Providers.
    Row("no provider", "no_address", policy={"channels": frozenset({"sms"})}),
    Row("the second channel has a provider", Send("sms"), replace(MAIL, channels=("email", "sms")),
        policy={"channels": frozenset({"sms"})}),
    # Complaints.
    Row("a complaint is open", ("complaint_open", HOUR), facts={"complaint_open": True}),
    Row("a complaint, membership goes", message=POINTS, facts={"complaint_open": True}),
    Row("a complaint until it expires", ("complaint_open", MAIL.expires_at), facts={"complaint_open": True},
        now=MAIL.expires_at - timedelta(minutes=10)),
    Row("a complaint comes before the hold-out", ("complaint_open", HOUR),
        facts={"complaint_open": True, "held_out": frozenset({"global"})}),
    # Hold-outs.
    Row("held out of everything", "hold_out", facts={"held_out": frozenset({"global"})}),
    Row("held out of its experiment", "hold_out", replace(MAIL, experiment="x"),
        facts={"held_out": frozenset({"x"})}),
    Row("held out of another one", message=replace(MAIL, experiment="x"), facts={"held_out": frozenset({"y"})}),
    Row("held out, no experiment", facts={"held_out": frozenset({"y"})}),
    Row("held out, membership goes", message=POINTS, facts={"held_out": frozenset({"global"})}),
    Row("held out comes before the campaign", "hold_out",
        facts={"held_out": frozenset({"global"}), "campaign": "over"}),
    # Campaigns.
    Row("the campaign is over", "campaign_over", facts={"campaign": "over"}),
    Row("the campaign is paused", ("campaign_over", HOUR), facts={"campaign": "paused"}),
    Row("nothing was heard of the campaign", ("campaign_over", HOUR), facts={"campaign": "unknown"}),
    Row("a greeting has no campaign", message=replace(MAIL, campaign_id=None), facts={"campaign": "over"}),
    Row("over comes before the cap", "campaign_over", facts={"campaign": "over"}, sends=ago(1, 2, 3)),
    # The cap.
    Row("two this week", sends=ago(1, 2)),
    Row("three this week", ("frequency_cap", NOW + timedelta(days=4)), sends=ago(1, 2, 3)),
    Row("three in one moment", ("frequency_cap", NOW + timedelta(days=7)), sends=ago(0, 0, 0)),
    Row("the third exactly a week ago", sends=ago(1, 2, 7)),
    Row("the third a moment less than a week ago", ("frequency_cap", NOW + timedelta(seconds=1)),
        sends=(*ago(1, 2), NOW - timedelta(days=7) + timedelta(seconds=1))),
    Row("five this week", ("frequency_cap", NOW + timedelta(days=5)), sends=ago(0.5, 1, 2, 3, 4)),
    Row("one that lies in the future counts", ("frequency_cap", NOW + timedelta(days=5)), sends=ago(-1, 1, 2)),
    Row("a cap of 0 is never", "frequency_cap", policy={"cap": 0}),
    Row("no cap", policy={"cap": None}, sends=ago(*(n / 10 for n in range(50)))),
    Row("a cap of 1 in 30 days", ("frequency_cap", NOW + timedelta(days=1)),
        policy={"cap": 1, "window": timedelta(days=30)}, sends=ago(29)),
    Row("membership has no cap", message=POINTS, sends=ago(0, 1, 2, 3), policy={"cap": 0}),
    Row("it expires before the cap allows it", "frequency_cap", replace(MAIL, expires_at=NOW + timedelta(days=3)),
        sends=ago(1, 2, 3)),
    Row("it expires in the moment when the cap allows it", "frequency_cap",
        replace(MAIL, expires_at=NOW + timedelta(days=4)), sends=ago(1, 2, 3)),
    Row("the cap comes before the night", ("frequency_cap", at(21) + timedelta(days=6)), now=at(21),
        sends=(at(21) - timedelta(days=1), *[at(20) - timedelta(days=1, hours=n) for n in (1, 2)]), policy={"cap": 1}),
    # Quiet hours.
    Row("a minute before the night", now=at(19, 59)),
    Row("the night begins", ("quiet_hours", at(8, day=3)), now=at(20)),
    Row("midnight", ("quiet_hours", at(8, day=3)), now=at(0, day=3)),
    Row("a minute before the morning", ("quiet_hours", at(8, day=3)), now=at(7, 59, day=3)),
    Row("the morning", now=at(8, day=3)),
    Row("night where she lives, noon here", ("quiet_hours", at(8, zone=NEW_YORK)), facts={"zone": NEW_YORK}),
    Row("noon where she lives, night here", facts={"zone": NEW_YORK}, now=at(12, zone=NEW_YORK)),
    Row("membership by mail passes the night", message=POINTS, now=at(23)),
    Row("membership by text waits", ("quiet_hours", at(8, day=3)), replace(POINTS, channels=("sms",)), now=at(23)),
    Row("a rule for another region", policy={"quiet": (replace(NIGHT, regions=frozenset({"west"})),)}, now=at(23)),
    Row("a rule for her region", ("quiet_hours", at(8, day=3)), now=at(23),
        policy={"quiet": (replace(NIGHT, regions=frozenset({"east"})),)}),
    Row("a rule for regions, she has none", policy={"quiet": (replace(NIGHT, regions=frozenset({"east"})),)},
        facts={"region": None}, now=at(23)),
    Row("a rule for texts", policy={"quiet": (replace(NIGHT, channels=frozenset({"sms"})),)}, now=at(23)),
    Row("a rule for texts, a text", ("quiet_hours", at(8, day=3)), TEXT, now=at(23),
        policy={"quiet": (replace(NIGHT, channels=frozenset({"sms"})),)}),
    Row("Sundays are quiet, Monday", policy={"quiet": (QuietRule(time(0), time(0), weekdays=frozenset({7})),)}),
    Row("Sundays are quiet, Sunday", ("quiet_hours", at(0, day=2)), now=at(12, day=1),
        policy={"quiet": (QuietRule(time(0), time(0), weekdays=frozenset({7})),)}),
    Row("the night after Sunday belongs to Sunday", ("quiet_hours", at(8, day=2)), now=at(7, day=2),
        policy={"quiet": (replace(NIGHT, weekdays=frozenset({7})),)}),
    Row("the night after Monday does not", now=at(7, day=3),
        policy={"quiet": (replace(NIGHT, weekdays=frozenset({7})),)}),
    Row("a holiday is quiet", ("quiet_hours", at(0, day=3)), facts={"holidays": frozenset({date(2026, 3, 2)})},
        policy={"quiet": (QuietRule(time(0), time(0), holidays=True),)}),
    Row("no holiday", policy={"quiet": (QuietRule(time(0), time(0), holidays=True),)}),
    Row("quiet but on holidays", facts={"holidays": frozenset({date(2026, 3, 2)})},
        policy={"quiet": (QuietRule(time(0), time(0), holidays=False),)}),
    Row("the strictest of two rules", ("quiet_hours", at(10, day=3)), now=at(21),
        policy={"quiet": (NIGHT, QuietRule(time(21), time(10)))}),
    Row("one rule begins where another ends", ("quiet_hours", at(12, day=3)), now=at(23),
        policy={"quiet": (NIGHT, QuietRule(time(8), time(12), weekdays=frozenset({2})))}),
    Row("it is always quiet", "quiet_hours", policy={"quiet": (QuietRule(time(0), time(0)),)}),
    Row("no rules", policy={"quiet": ()}, now=at(3)),
    Row("it expires in the night", "quiet_hours", replace(MAIL, expires_at=at(23)), now=at(21)),
    Row("it expires with the night", "quiet_hours", replace(MAIL, expires_at=at(8, day=3)), now=at(21)),
]  # fmt: skip


def judge(row: Row) -> Any:
    return evaluate(
        row.message,
        replace(FACTS, **row.facts),
        replace(POLICY, **row.policy),
        suppressions=row.suppressions,
        sends=row.sends,
        now=row.now,
    )


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 60
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_policy_says(row: Row) -> None:
    verdict = judge(row)
    match row.says:
        case str(rule):
            assert isinstance(verdict, Suppress), verdict
            assert verdict.rule == rule
        case (rule, until):
            assert isinstance(verdict, Defer), verdict
            assert (verdict.rule, verdict.until) == (rule, until)
        case _:
            assert verdict == row.says


def test_what_a_message_waited_for_is_said_when_it_is_too_late() -> None:
    verdict = judge(Row("", message=replace(MAIL, waited_for="complaint_open"), now=MAIL.expires_at))
    assert isinstance(verdict, Suppress)
    assert "complaint_open" in verdict.detail


@pytest.mark.parametrize(
    ("now", "until"),
    [
        # The night of 8 March 2026 has no 02:30 in New York, the one of 1 November two.
        (datetime(2026, 3, 8, 1, 45, tzinfo=NEW_YORK), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        (datetime(2026, 11, 1, 1, 45, tzinfo=NEW_YORK), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
    ],
)
def test_a_night_that_ends_at_a_time_that_the_clock_skips_or_repeats_is_the_longer_one(
    now: datetime, until: datetime
) -> None:
    end = time(2, 30) if now.month == 3 else time(1, 30)
    start = time(22)
    rules = (QuietRule(start, end),)
    begin = now if now.month == 3 else datetime(2026, 11, 1, 1, 15, tzinfo=NEW_YORK)
    verdict = judge(Row("", message=replace(MAIL, expires_at=now + timedelta(days=9)), now=begin,
                        facts={"zone": NEW_YORK}, policy={"quiet": rules}))  # fmt: skip
    assert isinstance(verdict, Defer), verdict
    assert verdict.until == until
