"""The one refusal for what does not fit where a campaign stands; it names what would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.campaign.errors import NotPossibleNow
from services.campaigns.domain.campaign.state import ACTIONS

if TYPE_CHECKING:
    from services.campaigns.domain.campaign.state import Action, Campaign, Status

_WAY_OUT: dict[tuple[Action, Status], str] = {
    ("revise", "submitted"): "; it is being checked, have it returned first",
    ("revise", "starting"): "; its members are being assigned, stop it and make another campaign",
    ("revise", "running"): "; its members were assigned by what it says, stop it and make another campaign",
    ("revise", "paused"): "; its members were assigned by what it says, stop it and make another campaign",
    ("start", "draft"): "; submit it, and let another person approve it",
    ("start", "returned"): "; submit it again, and let another person approve it",
    ("start", "submitted"): "; another person has to approve it first",
    ("schedule", "draft"): "; submit it, and let another person approve it",
    ("schedule", "submitted"): "; another person has to approve it first",
    ("approve", "draft"): "; submit it first",
    ("approve", "returned"): "; submit it again first",
    ("start", "paused"): "; resume it",
}


def check_possible(action: Action, campaign: Campaign) -> None:
    """Raises `NotPossibleNow` unless `action` is among what may be done in the campaign's status."""
    possible = ACTIONS[campaign.status]
    if action in possible:
        return
    if not possible:
        way_out = "; it is over, make another campaign"
    else:
        way_out = _WAY_OUT.get((action, campaign.status), "") + f"; possible now: {', '.join(possible)}"
    msg = f"cannot {action} a campaign that is {campaign.status}{way_out}"
    raise NotPossibleNow(msg, campaign_status=campaign.status, next_actions=list(possible))
