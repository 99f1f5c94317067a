"""Approval: what somebody submits, another person lets run or sends back. Exactly that version, and only once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.campaign.errors import AlreadyApproved, SamePerson, SignaturesMissing, other_version
from services.campaigns.domain.campaign.events import CampaignApproved, CampaignReturned, CampaignSubmitted
from services.campaigns.domain.campaign.refusing import check_possible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.campaigns.domain.campaign.commands import ApproveCampaign, ReturnCampaign, SubmitCampaign
    from services.campaigns.domain.campaign.events import CampaignEvent
    from services.campaigns.domain.campaign.state import Campaign


def submit(command: SubmitCampaign, campaign: Campaign) -> Sequence[CampaignEvent]:
    """Asks for an approval of the version as it is."""
    if (campaign.status, campaign.submitted_by) == ("submitted", command.by):
        return []
    check_possible("submit", campaign)
    return [CampaignSubmitted(version=campaign.version, by=command.by)]


def approve(command: ApproveCampaign, campaign: Campaign) -> Sequence[CampaignEvent]:
    """Lets it run, if another person says so about the very version that waits."""
    if campaign.status in {"approved", "scheduled"}:
        if campaign.approved_by == command.by:
            return []
        msg = f"version {campaign.version} was approved already by {campaign.approved_by}; nothing is left to decide"
        raise AlreadyApproved(msg, campaign_version=campaign.version)
    check_possible("approve", campaign)
    _check_other_person(command.by, campaign)
    if command.version is not None and command.version != campaign.version:
        raise other_version(command.version, campaign.version)
    if command.missing_signatures:
        msg = (
            f"version {campaign.version} is not signed by {', '.join(command.missing_signatures)};"
            " each party signs it by POST /campaigns/{id}/signatures first"
        )
        raise SignaturesMissing(msg, parties=list(command.missing_signatures))
    return [CampaignApproved(version=campaign.version, by=command.by)]


def return_(command: ReturnCampaign, campaign: Campaign) -> Sequence[CampaignEvent]:
    """Sends it back, with the reason."""
    check_possible("return", campaign)
    _check_other_person(command.by, campaign)
    return [CampaignReturned(version=campaign.version, by=command.by, reason=command.reason)]


def _check_other_person(by: str, campaign: Campaign) -> None:
    if by in campaign.authors or by == campaign.submitted_by:
        did = "wrote" if by in campaign.authors else "submitted"
        msg = f"{by} {did} this campaign and cannot decide about it; another person has to"
        raise SamePerson(msg)
