"""Checks that routes declare: that the campaign in their path is one that the caller may see."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from fastapi.concurrency import run_in_threadpool

from services.campaigns.domain.campaign.errors import CampaignNotFound
from services.campaigns.read_models.campaigns import query
from shared.access.calls import CallerDep
from shared.access.visibility import ForTheWholeChain, Guard

if TYPE_CHECKING:
    from sqlalchemy import Engine


class SeesCampaign(Guard):
    """For routes with a `campaign_id` in their path: partners see what they share, everybody else sees all.

    A campaign says nothing of a member, so a store's staff may read what runs in the whole chain.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def __call__(self, campaign_id: UUID, caller: CallerDep) -> None:
        if caller.scope.partner is not None:
            await run_in_threadpool(self._require, campaign_id, caller.scope.partner)

    def _require(self, campaign_id: UUID, party: str) -> None:
        with self._engine.begin() as connection:
            if not query.sees(connection, campaign_id, party):
                raise no_campaign(campaign_id)


class DecidesCampaign(SeesCampaign):
    """As `SeesCampaign`, for what ends it everywhere: a party of it may, and otherwise only the whole chain."""

    async def __call__(self, campaign_id: UUID, caller: CallerDep) -> None:
        if caller.scope.partner is None:
            await ForTheWholeChain()(caller)
        await super().__call__(campaign_id, caller)


def no_campaign(campaign_id: UUID) -> CampaignNotFound:
    """The answer for an unknown campaign, and for one out of the caller's scope."""
    return CampaignNotFound(f"no campaign {campaign_id}; GET /campaigns lists them", campaign_id=str(campaign_id))
