"""Baskets and campaigns for tests of offers."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.campaigns.domain.offers.basket import NOBODY, Basket, Buyer, Line, Situation
from services.campaigns.domain.offers.definition import CampaignDraft, RunningCampaign
from services.campaigns.domain.quote.quote import Policy, Quote, quote
from services.campaigns.domain.stacking.tree import StackingTree
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.campaigns.domain.budget.limits import Spent

MONDAY_NOON = datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=8)))
"""A Monday, by the clock of a till."""
ANN = derived_id("member", "ann")
POLICY = Policy(StackingTree())


def campaign_id(code: str) -> UUID:
    return derived_id("campaign", code)


def campaign(offer: Mapping[str, Any], code: str = "a", **more: Any) -> RunningCampaign:
    """A campaign that runs, for everybody unless told otherwise; its budget is in dollars."""
    days = more.pop("began_days_ago", 1)
    conditions = more.pop("conditions", {})
    budget = {"currency": "USD"} | more.pop("budget", {})
    definition = CampaignDraft.model_validate({
        "code": code,
        "name": {"zh-CN": code, "en": code},
        "days": 14,
        "offer": {"conditions": conditions, **offer},
        "budget": budget,
        **more,
    })  # fmt: skip
    return RunningCampaign(
        campaign_id=campaign_id(code),
        version=1,
        definition=definition,
        starts_at=MONDAY_NOON - timedelta(days=days),
        ends_at=MONDAY_NOON - timedelta(days=days) + timedelta(days=14),
        status="running",
    )


def line(number: int, amount: int, quantity: str = "1", product: str = "tea", category: str | None = None) -> Line:
    return Line(number, product, category, Decimal(quantity), amount)


def basket(*lines: Line, at: datetime = MONDAY_NOON, currency: str = "USD", store: str = "367") -> Basket:
    return Basket(store, "1", date(2026, 3, 2), at, currency, lines)


def member(**more: Any) -> Buyer:
    return Buyer(**{"customer_id": ANN, **more})


def asked(
    bought: Basket,
    campaigns: Iterable[RunningCampaign],
    buyer: Buyer = NOBODY,
    *,
    spent: Mapping[str, Spent] | None = None,
    policy: Policy = POLICY,
    **more: Any,
) -> Quote:
    """The quote for a basket."""
    return quote(list(campaigns), Situation(bought, buyer, **more), spent or {}, policy)


def lines_of(found: Quote, code: str = "a") -> dict[int, int]:
    """What one campaign takes off each line; nothing where it does not apply."""
    return next((dict(e.lines) for e in found.effects if e.campaign.definition.code == code), {})


def reasons(found: Quote) -> dict[str | None, str]:
    """The code of the reason by campaign."""
    return {no.offer: no.code for no in found.why_not}
