"""What happens to a campaign. The stream is `campaign-<id>`; people are named as the audit log names them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from services.campaigns.domain.offers.definition import CampaignDraft
from shared.kernel.messages import DomainEvent

EndReason = Literal["ended", "stopped", "budget_used_up"]


class CampaignDrafted(DomainEvent):
    """Somebody wrote the first version of it."""

    type: ClassVar[str] = "campaign_drafted"

    version: int = 1
    definition: CampaignDraft
    by: str


class CampaignRevised(DomainEvent):
    """It says something else from now on, as a new version that nobody has approved."""

    type: ClassVar[str] = "campaign_revised"

    version: int
    definition: CampaignDraft
    by: str


class CampaignSubmitted(DomainEvent):
    """Exactly this version waits for an approval."""

    type: ClassVar[str] = "campaign_submitted"

    version: int
    by: str


class CampaignReturned(DomainEvent):
    """It was not approved, and goes back to its authors."""

    type: ClassVar[str] = "campaign_returned"

    version: int
    by: str
    reason: str


class CampaignApproved(DomainEvent):
    """Exactly this version may run."""

    type: ClassVar[str] = "campaign_approved"

    version: int
    by: str


class CampaignScheduled(DomainEvent):
    """It begins by itself at `starts_at`."""

    type: ClassVar[str] = "campaign_scheduled"

    starts_at: datetime
    ends_at: datetime
    by: str


class CampaignBegun(DomainEvent):
    """Its time has come: its audience is being assigned, page by page."""

    type: ClassVar[str] = "campaign_begun"

    version: int
    starts_at: datetime
    ends_at: datetime


class CampaignFact(DomainEvent):
    """What others hear about a campaign that has begun; `version` is the approved one."""

    version: int


class CampaignStarted(CampaignFact):
    """Its whole audience is assigned, and it runs."""

    type: ClassVar[str] = "campaign_started"

    code: str
    segment: str | None
    starts_at: datetime
    ends_at: datetime
    assigned: int
    held_out: int


class CampaignPaused(CampaignFact):
    """It offers and sends nothing until it goes on."""

    type: ClassVar[str] = "campaign_paused"

    by: str


class CampaignResumed(CampaignFact):
    """It goes on where it was: running, or, unless everybody is `assigned`, with assigning."""

    type: ClassVar[str] = "campaign_resumed"

    by: str
    assigned: bool


class CampaignEnded(CampaignFact):
    """It is over for good. `begun` says whether anybody outside had heard of it."""

    type: ClassVar[str] = "campaign_ended"

    reason: EndReason
    begun: bool
    by: str
    note: str | None = None
    """Why somebody stopped it."""


CampaignEvent = (
    CampaignDrafted
    | CampaignRevised
    | CampaignSubmitted
    | CampaignReturned
    | CampaignApproved
    | CampaignScheduled
    | CampaignBegun
    | CampaignStarted
    | CampaignPaused
    | CampaignResumed
    | CampaignEnded
)
