"""What the policy looks at: the member as others told of her, and the chain's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.domain.policy.quiet_hours import QuietRule
from services.notifications.domain.values import Channel, Purpose, Reach

CampaignStanding = Literal["unknown", "running", "paused", "over"]


@dataclass(frozen=True, slots=True)
class Facts:
    """One member at the moment of a decision, and the campaign that wants to tell her something."""

    zone: ZoneInfo
    """Her home store's, else the chain's."""
    erased: bool = False
    membership_since: datetime | None = None
    """When she agreed to messages about her membership; None if she does not."""
    marketing_since: Mapping[Channel, datetime] = field(default_factory=dict)
    """Since when she agrees to marketing, by channel; only channels to which she agrees now."""
    complaint_open: bool = False
    held_out: frozenset[str] = frozenset()
    """The experiments whose hold-out she is in."""
    campaign: CampaignStanding = "running"
    store: str | None = None
    region: str | None = None
    holidays: frozenset[date] = frozenset()
    """Public holidays where she is, around now."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The chain's rules. Hours and caps bind marketing; `loud` channels keep quiet hours for everything."""

    channels: frozenset[Channel]
    """Those that have a provider."""
    cap: int | None = 3
    """Marketing messages in any window; 0 is never, None no cap. Offers of partners count like our own."""
    window: timedelta = timedelta(days=7)
    quiet: tuple[QuietRule, ...] = ()
    loud: frozenset[Channel] = frozenset({"sms", "phone", "wechat", "app"})
    ask_again_after: timedelta = timedelta(hours=1)
    """For what ends when somebody decides: a paused campaign, an open complaint."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """What keeps a channel of one member closed."""

    reach: Reach
    reason: str
    at: datetime

    @property
    def ends_with_consent(self) -> bool:
        """Whoever unsubscribed and agrees again later wants to hear from us again."""
        return self.reason == "unsubscribed"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message about which is to be decided."""

    purpose: Purpose
    channels: tuple[Channel, ...]
    """In order of preference, without those that refused it."""
    experiment: str | None
    campaign_id: UUID | None
    expires_at: datetime
    waited_for: str | None = None
    """The rule that deferred it last."""
