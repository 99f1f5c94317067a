"""What the policy says: one of three things, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.notifications.domain.values import Channel, Rule


@dataclass(frozen=True, slots=True)
class Send:
    """Now, by this channel."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class Defer:
    """Not now; ask again at `until`, which is always later."""

    until: datetime
    rule: Rule
    detail: str


@dataclass(frozen=True, slots=True)
class Suppress:
    """Never."""

    rule: Rule
    detail: str


Verdict = Send | Defer | Suppress
