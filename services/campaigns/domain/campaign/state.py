"""The write-side state of a campaign, and what may be done in which status: one table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never

from services.campaigns.domain.campaign.events import (
    CampaignApproved,
    CampaignBegun,
    CampaignDrafted,
    CampaignEnded,
    CampaignEvent,
    CampaignPaused,
    CampaignResumed,
    CampaignReturned,
    CampaignRevised,
    CampaignScheduled,
    CampaignStarted,
    CampaignSubmitted,
)
from services.campaigns.domain.offers.definition import CampaignDraft

Status = Literal[
    "draft",
    "submitted",
    "returned",
    "approved",
    "scheduled",
    "starting",
    "running",
    "paused",
    "ended",
]
Action = Literal["revise", "submit", "approve", "return", "schedule", "start", "pause", "resume", "stop"]

ACTIONS: dict[Status, tuple[Action, ...]] = {
    "draft": ("revise", "submit", "stop"),
    "submitted": ("approve", "return", "stop"),
    "returned": ("revise", "submit", "stop"),
    "approved": ("revise", "schedule", "start", "stop"),
    "scheduled": ("revise", "schedule", "start", "stop"),
    "starting": ("pause", "stop"),
    "running": ("pause", "stop"),
    "paused": ("resume", "stop"),
    "ended": (),
}
"""What people may do with a campaign, by where it stands."""

BEGUN: frozenset[Status] = frozenset({"starting", "running", "paused"})
"""Members may have been assigned, and others have heard or will hear of it."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign. `version` counts definitions; `authors` are all who ever wrote one."""

    status: Status = "draft"
    definition: CampaignDraft | None = None
    """None: nobody has written one yet."""
    version: int = 0
    authors: frozenset[str] = frozenset()
    submitted_by: str | None = None
    approved_by: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    assigned: bool = False
    """Whether its whole audience has its arms."""


def evolve(campaign: Campaign, event: CampaignEvent) -> Campaign:  # noqa: C901, PLR0911 - one case per event
    """The campaign after `event`."""
    match event:
        case CampaignDrafted():
            return Campaign(definition=event.definition, version=1, authors=frozenset({event.by}))
        case CampaignRevised():
            authors = campaign.authors | {event.by}
            return Campaign(definition=event.definition, version=event.version, authors=authors)
        case CampaignSubmitted():
            return replace(campaign, status="submitted", submitted_by=event.by)
        case CampaignReturned():
            return replace(campaign, status="returned")
        case CampaignApproved():
            return replace(campaign, status="approved", approved_by=event.by)
        case CampaignScheduled():
            return replace(campaign, status="scheduled", starts_at=event.starts_at, ends_at=event.ends_at)
        case CampaignBegun():
            return replace(campaign, status="starting", starts_at=event.starts_at, ends_at=event.ends_at)
        case CampaignStarted():
            return replace(campaign, status="running", assigned=True)
        case CampaignPaused():
            return replace(campaign, status="paused")
        case CampaignResumed():
            return replace(campaign, status="running" if event.assigned else "starting")
        case CampaignEnded():
            return replace(campaign, status="ended")
        case _:
            assert_never(event)
