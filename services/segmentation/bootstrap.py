"""Composition root of segmentation: the only place that wires it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from services.segmentation.application.audit import audit
from services.segmentation.application.scoring import SERVICE, Scoring
from services.segmentation.entrypoints.api import build_router
from services.segmentation.entrypoints.consumers import customers_consumer, member_facts_model, sales_consumer
from services.segmentation.entrypoints.scheduler import daily_sweep
from services.segmentation.read_models.member_facts import query as member_facts
from shared.access.sightings import sightings_model
from shared.commands.handler import CommandHandler
from shared.database.engine import connect
from shared.eventstore.store import EventStore
from shared.runtime.service import Service

if TYPE_CHECKING:
    from services.segmentation.settings import SegmentationSettings


def build(settings: SegmentationSettings) -> Service:
    """The service over its database. It has no streams of its own: everything follows from others' facts."""
    engine = connect(
        settings.database_url,
        schema=settings.database_schema,
        pool_size=settings.database_pool_size,
    )
    clock = settings.business_clock()
    scoring = Scoring(member_facts)
    sales = sales_consumer(scoring)
    sightings = sightings_model(SERVICE)
    return Service(
        name=SERVICE,
        engine=engine,
        handler=CommandHandler(EventStore(SERVICE, [])),
        router=build_router(engine, scoring, clock, settings.time_zone),
        consumers=(sales, customers_consumer(scoring), sightings.consumer),
        jobs=(daily_sweep(engine, scoring, clock),),
        topic_read_models=(member_facts_model(sales), sightings),
        audit=audit,
        migrations=Path(__file__).parent / "migrations",
    )
