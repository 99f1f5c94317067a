"""Composition root of `campaigns`: the only place that wires it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.campaigns.application.agreements import Agreements
from services.campaigns.application.campaigns import Campaigns
from services.campaigns.application.checkout_translation import translate_checkouts
from services.campaigns.application.parties import Parties
from services.campaigns.application.starting import Starting
from services.campaigns.application.translation import translate
from services.campaigns.audit import audiences, checkouts
from services.campaigns.audit.auditor import audit
from services.campaigns.domain.agreement.decider import AGREEMENT
from services.campaigns.domain.budget.decider import BUDGET
from services.campaigns.domain.campaign.decider import CAMPAIGN
from services.campaigns.domain.checkout.decider import CHECKOUT
from services.campaigns.domain.claim.decider import CLAIM
from services.campaigns.domain.coupon.decider import COUPON, COUPON_BATCH
from services.campaigns.domain.experiment.decider import EXPERIMENT
from services.campaigns.domain.party.decider import PARTY
from services.campaigns.entrypoints.api import router
from services.campaigns.entrypoints.campaigns import Lives
from services.campaigns.entrypoints.consumers import topic_read_models
from services.campaigns.entrypoints.scheduler import campaign_jobs
from services.campaigns.entrypoints.tills import tills
from services.campaigns.read_models.agreements.projection import CLAIMS, SIGNATURES
from services.campaigns.read_models.agreements.query import terms_of
from services.campaigns.read_models.arms.projection import PROJECTION as ARMS
from services.campaigns.read_models.campaigns.projection import PROJECTION as CAMPAIGNS
from services.campaigns.read_models.campaigns.query import due_campaigns, standing, used_up_campaigns
from services.campaigns.read_models.contactable_members.query import candidates
from services.campaigns.read_models.excluded_members.projection import PROJECTION as EXCLUDED_MEMBERS
from services.campaigns.read_models.parties.projection import PROJECTION as PARTIES
from services.campaigns.read_models.parties.query import ours_of, store_owners
from services.campaigns.read_models.promotions import PROJECTIONS as PROMOTIONS
from services.campaigns.read_models.redemptions.query import figures
from shared.access.sightings import sightings_model
from shared.commands.handler import CommandHandler
from shared.database.engine import connect
from shared.eventstore.store import EventStore
from shared.runtime.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fastapi import APIRouter
    from sqlalchemy import Connection

    from services.campaigns.settings import CampaignsSettings
    from shared.commands.handler import Translate
    from shared.eventstore.store import Recorded
    from shared.messaging.outbox import Published

NAME = "campaigns"
_DECIDERS = (CAMPAIGN, EXPERIMENT, PARTY, AGREEMENT, CLAIM, BUDGET, CHECKOUT, COUPON, COUPON_BATCH)
_PROJECTIONS = (CAMPAIGNS, ARMS, EXCLUDED_MEMBERS, PARTIES, SIGNATURES, CLAIMS, *PROMOTIONS)
_OF_MEMBERS = ("arms", "excluded_members", "claims", "coupons")
"""Read models of our own events that an erasure has to empty of a member."""


def build(settings: CampaignsSettings) -> Service:
    """The service, wired and not started."""
    engine = connect(settings.database_url, schema=settings.database_schema, pool_size=settings.database_pool_size)
    clock = settings.business_clock()
    handler = CommandHandler(
        EventStore(NAME, _DECIDERS),
        translate=_all_of(translate, translate_checkouts),
        projections=_PROJECTIONS,
    )
    parties = Parties(handler, store_owners)
    agreements = Agreements(handler, terms_of, ours_of)
    starting = Starting(engine, handler, clock, candidates, due_campaigns, used_up_campaigns)
    lives = Lives(engine, handler, Campaigns(handler, standing, agreements), starting, clock)
    at_tills = tills(
        engine,
        handler,
        clock,
        time_zone=settings.time_zone,
        stacking=settings.stacking,
        points_per_unit=settings.points_per_unit,
        held_for=timedelta(minutes=settings.checkout_minutes),
        sweep_s=settings.checkout_sweep_s,
    )

    def make_router() -> APIRouter:
        api = router(lives, parties, agreements, figures)
        at_tills.add_routes(api)
        return api

    sightings = sightings_model(NAME)
    topics = (*topic_read_models(_OF_MEMBERS), sightings)
    return Service(
        name=NAME,
        engine=engine,
        handler=handler,
        make_router=make_router,
        consumers=(*(model.consumer for model in topics), at_tills.consumer),
        topic_read_models=topics,
        jobs=(*campaign_jobs(starting, sweep_s=settings.campaign_sweep_s), at_tills.job),
        audit=audit,
        must_be_zero={**audiences.MUST_BE_ZERO, **checkouts.MUST_BE_ZERO},
        migrations=Path(__file__).parent / "migrations",
    )


def _all_of(*translations: Translate) -> Translate:
    """Each tells what it knows of; none of them knows another's events."""

    def translate_all(connection: Connection, batch: Sequence[Recorded[Any]]) -> Iterator[Published]:
        for one in translations:
            yield from one(connection, batch)

    return translate_all
