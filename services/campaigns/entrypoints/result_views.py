"""A campaign's audience and its result as callers see them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, Field

from services.campaigns.domain.campaign.state import Status
from services.campaigns.domain.experiment.comparison import CONFIDENCE_PERCENT, MEMBERS_MIN
from services.campaigns.read_models.redemptions.view import RedemptionFigures

if TYPE_CHECKING:
    from services.campaigns.application.results import Measured
    from services.campaigns.domain.experiment.arms import Arm
    from services.campaigns.domain.experiment.comparison import Comparison
    from services.campaigns.domain.experiment.events import ExclusionRule
    from services.campaigns.read_models.campaigns.view import CampaignSummary
    from services.campaigns.read_models.message_outcomes.projection import MessageStatus

METHOD = (
    "Everybody assigned against everybody held out (intention to treat), per member, net of returns; 95 % interval by"
    " Welch's t. Without an interval: fewer than"
    f" {MEMBERS_MIN} members in an arm, or nothing that differs between members."
)
_CONTACT_RULES = frozenset({"consent", "complaint_open"})


class Audience(BaseModel):
    """Who a campaign is for. Erased members are not counted any more."""

    campaign_id: UUID
    assigned: bool = Field(description="Whether it has begun; before that only `in_segment` is known, as of now.")
    in_segment: int
    contactable: int | None = Field(description="Who agreed to hear of it and has no complaint open.")
    treated: int | None
    held_out: int | None = Field(description="By the campaign's own hold-out; the global one is a rule that excludes.")
    excluded: dict[str, int] = Field(description="How many each rule left out.")


class Estimate(BaseModel):
    """The two arms' means per member, and their difference with its interval."""

    treated: Decimal
    held_out: Decimal
    difference: Decimal | None = Field(description="Treated less held out; null where there is not enough data yet.")
    low: Decimal | None
    high: Decimal | None
    confidence_percent: int = CONFIDENCE_PERCENT
    why_not: str | None = Field(description="Why there is no interval.")


class SalesEstimate(Estimate):
    """Sales per member in minor units of one currency."""

    currency: str


class Messages(BaseModel):
    """What became of what was asked for. It is no measure of what the campaign changed."""

    requested: int
    planned: int
    deferred: int
    sent: int
    suppressed: dict[str, int] = Field(description="By the rule of the contact policy.")
    failed: int
    unknown: int = Field(description="A provider may have accepted it; somebody has to find out.")


class CampaignResult(BaseModel):
    """What a campaign changed, and what happened on the way."""

    campaign_id: UUID
    code: str
    status: Status
    since: datetime | None
    until: datetime | None
    method: str = METHOD
    assigned: int = Field(description="Members with an arm: treated and held out.")
    treated: int
    held_out: int
    sales: list[SalesEstimate] = Field(description="One per currency that members paid in since it began.")
    visits: Estimate | None = Field(description="Stores that a member bought in, counted once per business date.")
    messages: Messages
    redemptions: RedemptionFigures = Field(
        description="What was used at tills. It is no measure of what the campaign changed either.",
    )


def audience_view(
    campaign: CampaignSummary,
    arms: dict[Arm, int],
    excluded: dict[ExclusionRule, int],
    in_segment_now: int | None,
) -> Audience:
    """`in_segment_now` is None once it has begun."""
    begun = in_segment_now is None
    everybody = sum(arms.values()) + sum(excluded.values())
    out_of_reach = sum(members for rule, members in excluded.items() if rule in _CONTACT_RULES)
    return Audience(
        campaign_id=campaign.campaign_id,
        assigned=begun,
        in_segment=everybody if in_segment_now is None else in_segment_now,
        contactable=everybody - out_of_reach if begun else None,
        treated=arms["treated"] if begun else None,
        held_out=arms["held_out"] if begun else None,
        excluded={str(rule): members for rule, members in excluded.items()},
    )


def result_view(
    campaign: CampaignSummary,
    measured: Measured | None,
    outcomes: dict[tuple[MessageStatus, str | None], int],
    redeemed: RedemptionFigures,
) -> CampaignResult:
    """`measured` is None before the campaign has begun."""
    treated, held_out = (measured.treated, measured.held_out) if measured else (0, 0)
    sales = measured.sales.items() if measured else ()
    return CampaignResult(
        campaign_id=campaign.campaign_id,
        code=campaign.code,
        status=campaign.status,
        since=measured and measured.since,
        until=measured and measured.until,
        assigned=treated + held_out,
        treated=treated,
        held_out=held_out,
        sales=[SalesEstimate(currency=currency, **_estimate(comparison)) for currency, comparison in sales],
        visits=Estimate(**_estimate(measured.visits)) if measured else None,
        messages=_messages(outcomes, treated if campaign.definition.message else 0),
        redemptions=redeemed,
    )


def _estimate(comparison: Comparison) -> dict[str, object]:
    return {name: getattr(comparison, name) for name in ("treated", "held_out", "difference", "low", "high", "why_not")}


def _messages(outcomes: dict[tuple[MessageStatus, str | None], int], requested: int) -> Messages:
    def stand(status: MessageStatus) -> int:
        return sum(messages for (of, _), messages in outcomes.items() if of == status)

    return Messages(
        requested=requested,
        planned=stand("planned"),
        deferred=stand("deferred"),
        sent=stand("sent"),
        suppressed={rule or "unknown": n for (status, rule), n in outcomes.items() if status == "suppressed"},
        failed=stand("failed"),
        unknown=stand("unknown"),
    )
