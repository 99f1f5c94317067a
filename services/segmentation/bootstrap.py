"""Composition root of segmentation: the only place that wires it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from services.segmentation.application.audit import audit
from services.segmentation.application.membership_pages import MembershipPages
from services.segmentation.application.memberships import Memberships
from services.segmentation.application.scoring import SERVICE, Scoring
from services.segmentation.application.segments import DefineSegments
from services.segmentation.domain.segment.decider import SEGMENT
from services.segmentation.entrypoints.api import build_router
from services.segmentation.entrypoints.consumers import (
    customers_consumer,
    member_facts_model,
    member_profiles_model,
    sales_consumer,
)
from services.segmentation.entrypoints.scheduler import daily_sweep, segment_computing
from services.segmentation.entrypoints.segments_api import add_segments
from services.segmentation.entrypoints.trend import add_trend
from services.segmentation.read_models.member_facts import query as member_facts
from services.segmentation.read_models.rule_members import query as rule_members
from services.segmentation.read_models.segments.projection import PROJECTION as SEGMENTS
from services.segmentation.read_models.segments.query import definitions
from shared.access.sightings import sightings_model
from shared.commands.handler import CommandHandler
from shared.database.engine import connect
from shared.eventstore.store import EventStore
from shared.runtime.service import Service

if TYPE_CHECKING:
    from fastapi import APIRouter

    from services.segmentation.settings import SegmentationSettings


def build(settings: SegmentationSettings) -> Service:
    """The service over its database. Its only streams are segments: all else follows from others' facts."""
    engine = connect(
        settings.database_url,
        schema=settings.database_schema,
        pool_size=settings.database_pool_size,
    )
    clock = settings.business_clock()
    handler = CommandHandler(EventStore(SERVICE, [SEGMENT]), projections=[SEGMENTS])
    scoring = Scoring(member_facts)
    memberships = Memberships(rule_members, definitions, settings.yardsticks(), clock)
    pages = MembershipPages(engine, memberships)
    sales, customers = sales_consumer(scoring, memberships), customers_consumer(scoring, memberships)
    sightings = sightings_model(SERVICE)

    def make_router() -> APIRouter:
        api = build_router(engine, scoring, pages, clock, settings.time_zone)
        add_segments(api, engine, DefineSegments(handler, definitions), memberships)
        add_trend(api, engine, memberships)
        return api

    return Service(
        name=SERVICE,
        engine=engine,
        handler=handler,
        make_router=make_router,
        consumers=(sales, customers, sightings.consumer),
        jobs=(
            daily_sweep(engine, scoring, pages, clock),
            segment_computing(pages, every_s=settings.segments_check_s),
        ),
        topic_read_models=(member_facts_model(sales), member_profiles_model(customers), sightings),
        audit=audit,
        migrations=Path(__file__).parent / "migrations",
    )
