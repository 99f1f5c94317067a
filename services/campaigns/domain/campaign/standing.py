"""Where a campaign stands, for whoever must know before it is locked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from services.campaigns.domain.offers.definition import CampaignDraft


class Standing(NamedTuple):
    """The newest version and what it says."""

    version: int
    definition: CampaignDraft
