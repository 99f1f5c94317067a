"""What a campaign decides. Asked for what already is, it decides nothing; asked too early or too late, it says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never, get_args

from services.campaigns.domain.campaign.approval import approve, return_, submit
from services.campaigns.domain.campaign.commands import (
    ApproveCampaign,
    BeginCampaign,
    CampaignCommand,
    DraftCampaign,
    EndCampaign,
    FinishStart,
    PauseCampaign,
    ResumeCampaign,
    ReturnCampaign,
    ReviseCampaign,
    ScheduleCampaign,
    StopCampaign,
    SubmitCampaign,
)
from services.campaigns.domain.campaign.errors import CampaignNotFound
from services.campaigns.domain.campaign.events import CampaignEvent
from services.campaigns.domain.campaign.running import begin, end, finish_start, pause, resume, schedule, stop
from services.campaigns.domain.campaign.state import Campaign, evolve
from services.campaigns.domain.campaign.writing import draft, revise
from shared.kernel.decider import Decider, StreamId
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

CATEGORY = "campaign"


def campaign_id_of(code: str) -> UUID:
    """The id of the campaign with a code. Derived, so that the stream itself keeps a code from being used twice."""
    return derived_id(CATEGORY, code)


def campaign_stream(campaign_id: UUID) -> StreamId:
    """The stream of a campaign."""
    return StreamId(CATEGORY, str(campaign_id))


def decide(command: CampaignCommand, campaign: Campaign) -> Sequence[CampaignEvent]:  # noqa: C901, PLR0911, PLR0912 - one case per command
    """The events that follow from `command`; none if it asks for what already is."""
    if isinstance(command, DraftCampaign):
        return draft(command, campaign)
    if campaign.definition is None:
        msg = "no such campaign; POST /campaigns makes one"
        raise CampaignNotFound(msg)
    match command:
        case ReviseCampaign():
            return revise(command, campaign)
        case SubmitCampaign():
            return submit(command, campaign)
        case ApproveCampaign():
            return approve(command, campaign)
        case ReturnCampaign():
            return return_(command, campaign)
        case ScheduleCampaign():
            return schedule(command, campaign, campaign.definition)
        case BeginCampaign():
            return begin(command, campaign, campaign.definition)
        case FinishStart():
            return finish_start(command, campaign, campaign.definition)
        case PauseCampaign():
            return pause(command, campaign)
        case ResumeCampaign():
            return resume(command, campaign)
        case StopCampaign():
            return stop(command, campaign)
        case EndCampaign():
            return end(command, campaign)
        case _:
            assert_never(command)


# Contended: of two people who decide about it in one moment the second hears what the first did, not "conflict".
CAMPAIGN: Decider[CampaignCommand, CampaignEvent, Campaign] = Decider(
    category=CATEGORY,
    state_type=Campaign,
    events=get_args(CampaignEvent),
    initial_state=Campaign,
    decide=decide,
    evolve=evolve,
    contended=True,
)
