"""Writing a campaign: each change of what it says is a new version that has to be approved by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.campaign.errors import CodeCannotChange, CodeTaken, other_version
from services.campaigns.domain.campaign.events import CampaignDrafted, CampaignRevised
from services.campaigns.domain.campaign.refusing import check_possible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.campaigns.domain.campaign.commands import DraftCampaign, ReviseCampaign
    from services.campaigns.domain.campaign.events import CampaignEvent
    from services.campaigns.domain.campaign.state import Campaign


def draft(command: DraftCampaign, campaign: Campaign) -> Sequence[CampaignEvent]:
    """Makes the campaign, unless its code is in use."""
    if campaign.definition is not None:
        code = command.definition.code
        msg = f"code {code!r} stands for another campaign, which is {campaign.status}; choose a code that is new"
        raise CodeTaken(msg, field="code", value=code)
    return [CampaignDrafted(definition=command.definition, by=command.by)]


def revise(command: ReviseCampaign, campaign: Campaign) -> Sequence[CampaignEvent]:
    """Replaces what it says; the approval of what it said before is void."""
    before = campaign.definition
    if before is not None and command.definition.code != before.code:
        msg = (
            f"code {command.definition.code!r} cannot replace {before.code!r}; make another campaign under the new code"
        )
        raise CodeCannotChange(msg, field="code", value=command.definition.code)
    check_possible("revise", campaign)
    if command.expected is not None and command.expected != campaign.version:
        raise other_version(command.expected, campaign.version)
    if command.definition == before:
        return []
    return [CampaignRevised(version=campaign.version + 1, definition=command.definition, by=command.by)]
