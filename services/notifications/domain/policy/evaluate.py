"""The contact policy, evaluated when a message is about to be sent: the first rule that objects decides.

In order: erased, too late, consent, suppression list, provider, open complaint, hold-out, campaign over, frequency
cap, quiet hours. A message about the membership (points that run out) needs the consent to such messages and keeps
to the suppression list; it passes complaints, hold-outs, campaigns and the cap, and waits in quiet hours only where
the channel makes a noise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from services.notifications.domain.policy.facts import Candidate, Facts, Policy, Suppression
from services.notifications.domain.policy.frequency import next_allowed
from services.notifications.domain.policy.quiet_hours import quiet_at
from services.notifications.domain.policy.verdict import Defer, Send, Suppress, Verdict
from services.notifications.domain.values import GLOBAL, Channel

Suppressions = Mapping[Channel, Suppression]


def evaluate(
    message: Candidate,
    facts: Facts,
    policy: Policy,
    *,
    suppressions: Suppressions,
    sends: Collection[datetime],
    now: datetime,
) -> Verdict:
    """Send, defer or suppress. `sends` are the times of the marketing messages that count toward the cap."""
    if facts.erased:
        return Suppress("erased", "the member was erased")
    if now >= message.expires_at:
        waited = f"; it waited for {message.waited_for}" if message.waited_for else ""
        return Suppress("too_late", f"it expired at {message.expires_at.isoformat()}{waited}")
    channel = _channel(message, facts, policy, suppressions)
    if isinstance(channel, Suppress):
        return channel
    verdict = _marketing(message, facts, policy, sends, now) if message.purpose == "marketing" else None
    return verdict or _quiet(message, channel, facts, policy, now) or Send(channel)


def _channel(
    message: Candidate,
    facts: Facts,
    policy: Policy,
    suppressions: Suppressions,
) -> Channel | Suppress:
    """The first channel that consent, suppression list and providers leave open."""
    wanted = ", ".join(message.channels)
    agreed = [(channel, since) for channel in message.channels if (since := _agreed(message, facts, channel))]
    if not agreed:
        return Suppress("consent", f"no consent to {message.purpose} by {wanted}")
    free = [channel for channel, since in agreed if not _suppressed(suppressions.get(channel), message, since)]
    if not free:
        reasons = sorted({suppressions[channel].reason for channel, _ in agreed})
        return Suppress("suppression_list", f"suppressed: {', '.join(reasons)}")
    for channel in free:
        if channel in policy.channels:
            return channel
    return Suppress("no_address", f"no provider is set up for {', '.join(free)}")


def _agreed(message: Candidate, facts: Facts, channel: Channel) -> datetime | None:
    return facts.marketing_since.get(channel) if message.purpose == "marketing" else facts.membership_since


def _suppressed(entry: Suppression | None, message: Candidate, agreed_at: datetime) -> bool:
    if entry is None or (entry.reach == "marketing" and message.purpose != "marketing"):
        return False
    return not (entry.ends_with_consent and agreed_at > entry.at)


def _marketing(
    message: Candidate,
    facts: Facts,
    policy: Policy,
    sends: Collection[datetime],
    now: datetime,
) -> Verdict | None:
    """What only marketing has to respect; None if nothing objects."""
    ask_again = min(now + policy.ask_again_after, message.expires_at)
    if facts.complaint_open:
        return Defer(ask_again, "complaint_open", "a complaint of the member is open")
    if GLOBAL in facts.held_out:
        return Suppress("hold_out", "held out of all marketing")
    if message.experiment is not None and message.experiment in facts.held_out:
        return Suppress("hold_out", f"held out of experiment {message.experiment}")
    if message.campaign_id is not None and facts.campaign == "over":
        return Suppress("campaign_over", "the campaign is over")
    if message.campaign_id is not None and facts.campaign != "running":
        why = "the campaign is paused" if facts.campaign == "paused" else "nothing was heard of the campaign yet"
        return Defer(ask_again, "campaign_over", why)
    return _frequency(message, policy, sends, now)


def _frequency(message: Candidate, policy: Policy, sends: Collection[datetime], now: datetime) -> Verdict | None:
    if policy.cap is None:
        return None
    if policy.cap == 0:
        return Suppress("frequency_cap", "the cap is 0: no marketing is sent")
    until = next_allowed(sends, now, policy.cap, policy.window)
    if until <= now:
        return None
    detail = f"{policy.cap} in {policy.window.days} days were sent"
    return _defer(message, Defer(until, "frequency_cap", detail))


def _quiet(message: Candidate, channel: Channel, facts: Facts, policy: Policy, now: datetime) -> Verdict | None:
    if message.purpose != "marketing" and channel not in policy.loud:
        return None
    quiet = quiet_at(
        policy.quiet,
        now,
        zone=facts.zone,
        region=facts.region,
        channel=channel,
        holidays=facts.holidays,
    )
    if quiet is None:
        return None
    if quiet.until is None:
        return Suppress("quiet_hours", f"{quiet.name}: no hour is free for weeks")
    return _defer(message, Defer(quiet.until, "quiet_hours", f"{quiet.name} in {facts.zone.key}"))


def _defer(message: Candidate, deferral: Defer) -> Verdict:
    """The deferral, unless the message expires before it ends: then the rule that would defer it is why it is not sent.

    That rule's end is known, so waiting would only hide the reason.
    """
    if deferral.until < message.expires_at:
        return deferral
    return Suppress(deferral.rule, f"{deferral.detail}; it expires first, at {message.expires_at.isoformat()}")
