"""Composition root of the console: the only place that wires it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from services.console.application.audit import audit
from services.console.entrypoints.api import router
from services.console.entrypoints.consumers import SERVICE, members_model, news_consumer, sales_model, stores_model
from services.console.entrypoints.live import LiveFeed
from services.console.entrypoints.wiring import Wiring
from shared.access.sightings import sightings_model
from shared.access.visibility import Members
from shared.commands.handler import CommandHandler
from shared.database.engine import connect
from shared.eventstore.store import EventStore
from shared.runtime.service import Service

if TYPE_CHECKING:
    from services.console.settings import ConsoleSettings

PAGE = Path(__file__).parent / "static"
"""Where `make web` builds the page; in a wheel it is there already."""


def build(settings: ConsoleSettings) -> Service:
    """The service over its database. It decides nothing and tells nobody: all that it has follows from the others."""
    engine = connect(
        settings.database_url,
        schema=settings.database_schema,
        pool_size=settings.database_pool_size,
    )
    clock = settings.business_clock()
    wiring = Wiring(
        engine,
        Members(engine, clock),
        clock,
        settings.time_zone,
        settings.complaint_time,
        settings.uncontacted_days,
    )
    models = (sales_model(), members_model(settings.time_zone), stores_model(), sightings_model(SERVICE))
    return Service(
        name=SERVICE,
        engine=engine,
        handler=CommandHandler(EventStore(SERVICE, [])),
        make_router=partial(router, wiring, LiveFeed(engine)),
        consumers=(*(model.consumer for model in models), news_consumer()),
        topic_read_models=models,
        audit=audit,
        migrations=Path(__file__).parent / "migrations",
        page=PAGE,
        forward=settings.forward,
    )
