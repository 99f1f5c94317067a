"""Routes that show what a campaign did: its audience, who was left out, and its result."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter, Depends

from services.campaigns.application.results import measure
from services.campaigns.domain.experiment.events import ExclusionRule
from services.campaigns.entrypoints.guards import SeesCampaign, no_campaign
from services.campaigns.entrypoints.paging import Limit
from services.campaigns.entrypoints.result_views import Audience, CampaignResult, audience_view, result_view
from services.campaigns.read_models.arms.query import arm_sizes, arm_sums
from services.campaigns.read_models.campaigns import query
from services.campaigns.read_models.excluded_members.query import excluded_by_rule, excluded_members
from services.campaigns.read_models.excluded_members.view import ExcludedPage
from services.campaigns.read_models.message_outcomes.query import outcomes
from services.campaigns.read_models.segment_members.query import segment_size
from shared.access.permissions import requires
from shared.access.visibility import ForTheWholeChain

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from services.campaigns.read_models.campaigns.view import CampaignSummary
    from services.campaigns.read_models.redemptions.view import RedemptionFigures
    from shared.kernel.clock import BusinessClock

    Figures = Callable[[Connection, UUID], RedemptionFigures]


def add_results(api: APIRouter, engine: Engine, clock: BusinessClock, figures: Figures) -> None:
    """Every route about what a campaign did."""

    @api.get(
        "/campaigns/{campaign_id}/audience",
        summary="Who a campaign is for, in numbers",
        dependencies=[requires("campaigns.campaign.read"), Depends(SeesCampaign(engine))],
    )
    def show_audience(campaign_id: UUID) -> Audience:
        """Before it begins: who is in its segment now. Afterwards: who was, and what became of them, for ever."""
        with engine.begin() as connection:
            found = _campaign(connection, campaign_id)
            return audience_view(
                found,
                arm_sizes(connection, campaign_id),
                excluded_by_rule(connection, campaign_id),
                None if found.started_at else segment_size(connection, found.segment),
            )

    @api.get(
        "/campaigns/{campaign_id}/audience/excluded",
        summary="Who was left out of a campaign, and by which rule",
        dependencies=[requires("campaigns.audience.read"), Depends(ForTheWholeChain())],
    )
    def list_excluded(
        campaign_id: UUID,
        rule: ExclusionRule | None = None,
        cursor: UUID | None = None,
        limit: Limit = 100,
    ) -> ExcludedPage:
        """By their ids. Each was left out by one rule, the first in order: consent, open complaint, global hold-out."""
        with engine.begin() as connection:
            _campaign(connection, campaign_id)
            page = excluded_members(connection, campaign_id, rule, after=cursor, limit=limit)
        return ExcludedPage(items=page, next_cursor=page[-1].customer_id if len(page) == limit else None)

    @api.get(
        "/campaigns/{campaign_id}/result",
        summary="What a campaign changed",
        dependencies=[requires("campaigns.results.read"), Depends(ForTheWholeChain())],
    )
    def show_result(campaign_id: UUID) -> CampaignResult:
        """Compares everybody who was assigned with everybody who was held out, whatever reached them.

        From its beginning to its end, or to now. What was sent and redeemed stands beside it and says nothing about
        what would have happened without it.
        """
        with engine.begin() as connection:
            found = _campaign(connection, campaign_id)
            measured = None
            if found.started_at is not None:
                until = found.ended_at or clock.now()
                measured = measure(connection, arm_sums, campaign_id, found.started_at, until)
            return result_view(found, measured, outcomes(connection, campaign_id), figures(connection, campaign_id))


def _campaign(connection: Connection, campaign_id: UUID) -> CampaignSummary:
    found = query.campaign(connection, campaign_id)
    if found is None:
        raise no_campaign(campaign_id)
    return found
