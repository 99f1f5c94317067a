"""The route that tells what one member could use now."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from services.campaigns.domain.offers.definition import Hours, Language
from services.campaigns.domain.offers.reasons import TITLES
from services.campaigns.domain.offers.words import in_chinese
from services.campaigns.domain.quote.effects import in_words
from shared.access.permissions import requires
from shared.access.visibility import SeesMember
from shared.database.engine import reading
from shared.kernel.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.campaigns.application.member_offers import MemberOffer, MemberOffers
    from services.campaigns.domain.offers.conditions import WhyNot
    from shared.access.visibility import Members
    from shared.kernel.clock import BusinessClock


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class WhyNotHers(_View):
    """Why she cannot use it now."""

    code: str
    reason: dict[Language, str]


class OfferOfMember(_View):
    """A running campaign as she meets it, and what it asks for at the till."""

    campaign_id: UUID
    code: str
    name: dict[Language, str]
    offer: dict[Language, str] = Field(description="What it gives, in words.")
    ends_at: datetime | None
    usable: bool = Field(description="Nothing stands against it but what a basket and a store decide.")
    why_not: WhyNotHers | None
    uses_left: int | None = Field(description="For her, counting also what all members have left; null: no limit.")
    coupon_required: bool
    min_basket_minor: int | None
    currency: str | None
    categories: list[str]
    stores: list[str] = Field(description="Only in these; with no stores and no regions, in all.")
    regions: list[str]
    hours: list[Hours]
    uses_per_store: int | None

    @classmethod
    def of(cls, found: MemberOffer) -> Self:
        """As the application found it."""
        definition = found.campaign.definition
        conditions, budget = definition.offer.conditions, definition.budget
        currency = budget.currency or ""
        return cls(
            campaign_id=found.campaign.campaign_id,
            code=definition.code,
            name=dict(definition.name),
            offer={"zh-CN": in_chinese(definition.offer, currency), "en": in_words(definition.offer, currency)},
            ends_at=found.campaign.ends_at,
            usable=found.why_not is None,
            why_not=found.why_not and _why_not(found.why_not),
            uses_left=found.uses_left,
            coupon_required=definition.coupon_required,
            min_basket_minor=conditions.min_basket_minor,
            currency=budget.currency,
            categories=list(conditions.categories),
            stores=list(conditions.stores),
            regions=list(conditions.regions),
            hours=list(conditions.hours),
            uses_per_store=budget.uses_per_store,
        )


class OffersOfMember(_View):
    """Every campaign that runs: those that she can use first, and of those the ones that end first."""

    customer_id: UUID
    items: list[OfferOfMember]


def add_member_offers(
    api: APIRouter, engine: Engine, offers: MemberOffers, *, members: Members, clock: BusinessClock
) -> None:
    """Adds the route."""

    @api.get(
        "/customers/{customer_id}/offers",
        summary="What a member could use now, and why not the rest",
        dependencies=[requires("campaigns.offers.read"), Depends(SeesMember(members, _nobody))],
    )
    def show(customer_id: UUID) -> OffersOfMember:
        """Before there is a basket: what its lines, the store and the hour decide stands in each offer's terms."""
        with reading(engine) as connection:
            found = offers.of(connection, customer_id, clock.now())
        return OffersOfMember(customer_id=customer_id, items=[OfferOfMember.of(offer) for offer in found])


def _why_not(no: WhyNot) -> WhyNotHers:
    return WhyNotHers(code=no.code, reason={"zh-CN": TITLES[no.code]["zh-CN"], "en": no.reason})


def _nobody(customer_id: UUID) -> NotFound:
    return NotFound(f"no member {customer_id} is known here; check the id, or wait until she registers or buys")
