"""A campaign in time: scheduled, begun, running, paused, over. Its end is `days` after its beginning."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from services.campaigns.domain.campaign.errors import NotPossibleNow, TimeIsOver, TooEarly
from services.campaigns.domain.campaign.events import (
    CampaignBegun,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    CampaignScheduled,
    CampaignStarted,
)
from services.campaigns.domain.campaign.refusing import check_possible
from services.campaigns.domain.campaign.state import BEGUN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.campaigns.domain.campaign.commands import (
        BeginCampaign,
        EndCampaign,
        FinishStart,
        PauseCampaign,
        ResumeCampaign,
        ScheduleCampaign,
        StopCampaign,
    )
    from services.campaigns.domain.campaign.events import CampaignEvent
    from services.campaigns.domain.campaign.state import Campaign
    from services.campaigns.domain.offers.definition import CampaignDraft


def schedule(command: ScheduleCampaign, campaign: Campaign, definition: CampaignDraft) -> Sequence[CampaignEvent]:
    """Sets the moment at which it begins by itself."""
    check_possible("schedule", campaign)
    starts_at = command.starts_at or definition.starts_at or command.now
    _check_not_before(starts_at, definition)
    ends_at = starts_at + timedelta(days=definition.days)
    _check_not_over(ends_at, command.now)
    if (campaign.starts_at, campaign.ends_at) == (starts_at, ends_at):
        return []
    return [CampaignScheduled(starts_at=starts_at, ends_at=ends_at, by=command.by)]


def begin(command: BeginCampaign, campaign: Campaign, definition: CampaignDraft) -> Sequence[CampaignEvent]:
    """Begins. What is over before it began, because nothing ran meanwhile, ends at once."""
    if campaign.status in {"starting", "running"}:
        return []
    if command.timed and (campaign.status != "scheduled" or _still_to_come(campaign, command.now)):
        return []
    check_possible("start", campaign)
    if command.timed and campaign.ends_at is not None and campaign.ends_at <= command.now:
        return [CampaignEnded(version=campaign.version, reason="ended", begun=False, by="system")]
    _check_not_before(command.now, definition)
    planned = definition.starts_at
    ends_at = campaign.ends_at if command.timed else None
    ends_at = ends_at or (planned or command.now) + timedelta(days=definition.days)
    _check_not_over(ends_at, command.now)
    return [CampaignBegun(version=campaign.version, starts_at=command.now, ends_at=ends_at)]


def finish_start(command: FinishStart, campaign: Campaign, definition: CampaignDraft) -> Sequence[CampaignEvent]:
    """Runs, now that everybody has her arm."""
    if campaign.assigned:
        return []
    if campaign.status != "starting" or campaign.starts_at is None or campaign.ends_at is None:
        msg = f"the campaign is {campaign.status}, it is not being started any more"
        raise NotPossibleNow(msg, campaign_status=campaign.status)
    return [
        CampaignStarted(
            version=campaign.version,
            code=definition.code,
            segment=definition.segment,
            starts_at=campaign.starts_at,
            ends_at=campaign.ends_at,
            assigned=command.assigned,
            held_out=command.held_out,
        ),
    ]


def pause(command: PauseCampaign, campaign: Campaign) -> Sequence[CampaignEvent]:
    """Offers and sends nothing for a while; its end does not move."""
    if campaign.status == "paused":
        return []
    check_possible("pause", campaign)
    return [CampaignPaused(version=campaign.version, by=command.by)]


def resume(command: ResumeCampaign, campaign: Campaign) -> Sequence[CampaignEvent]:
    """Goes on, unless its time ran out meanwhile."""
    if campaign.status in {"starting", "running"}:
        return []
    check_possible("resume", campaign)
    if campaign.ends_at is not None:
        _check_not_over(campaign.ends_at, command.now)
    return [CampaignResumed(version=campaign.version, by=command.by, assigned=campaign.assigned)]


def stop(command: StopCampaign, campaign: Campaign) -> Sequence[CampaignEvent]:
    """Ends it for good, wherever it stands."""
    if campaign.status == "ended":
        return []
    return [_ended(campaign, "stopped", command.by, command.note)]


def end(command: EndCampaign, campaign: Campaign) -> Sequence[CampaignEvent]:
    """Ends what has begun, if its time is over or its budget used up."""
    if campaign.status not in BEGUN:
        return []
    if command.reason == "ended" and (campaign.ends_at is None or campaign.ends_at > command.now):
        return []
    return [_ended(campaign, command.reason, "system", None)]


def _ended(campaign: Campaign, reason: str, by: str, note: str | None) -> CampaignEnded:
    begun = campaign.status in BEGUN
    return CampaignEnded.model_validate(
        {"version": campaign.version, "reason": reason, "begun": begun, "by": by, "note": note},
    )


def _still_to_come(campaign: Campaign, now: datetime) -> bool:
    return campaign.starts_at is None or campaign.starts_at > now


def _check_not_before(moment: datetime, definition: CampaignDraft) -> None:
    if definition.starts_at is not None and moment < definition.starts_at:
        msg = (
            f"{moment.isoformat()} is before {definition.starts_at.isoformat()}, which was approved as its beginning;"
            " schedule it for then, or revise it and have that approved"
        )
        raise TooEarly(msg, starts_at=definition.starts_at.isoformat())


def _check_not_over(ends_at: datetime, now: datetime) -> None:
    if ends_at <= now:
        msg = f"it would have ended at {ends_at.isoformat()}, now is {now.isoformat()}; choose a later beginning"
        raise TimeIsOver(msg, ends_at=ends_at.isoformat())
