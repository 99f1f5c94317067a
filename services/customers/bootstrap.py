"""Puts the service together; the only place that picks adapters."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from services.customers.adapters.complaint_texts_postgres import PostgresComplaintTexts
from services.customers.adapters.key_checks import open_keys
from services.customers.adapters.key_service_file import FileKeyService
from services.customers.adapters.vault_postgres import PostgresVault
from services.customers.application.addresses import AddressBook
from services.customers.application.commands import CustomerCommands
from services.customers.application.complaints import Complaints
from services.customers.application.identifiers import Recogniser
from services.customers.application.lookups import Lookups
from services.customers.application.preferences import Preferences
from services.customers.application.profiles import Profiles
from services.customers.application.registration import Registrar
from services.customers.application.searches import Searches
from services.customers.application.translation import translate
from services.customers.application.unsubscribing import Unsubscribing
from services.customers.domain.customer.decider import CUSTOMER
from services.customers.entrypoints.api import router
from services.customers.entrypoints.consumers import timeline_model, unsubscribed_consumer
from services.customers.entrypoints.scheduler import vault_update
from services.customers.entrypoints.wiring import Wiring
from services.customers.read_models.complaints import projection as complaints
from services.customers.read_models.consent_history import projection as consent_history
from services.customers.read_models.customer_directory import projection as customer_directory
from services.customers.read_models.member_openings import projection as member_openings
from services.customers.read_models.timeline import projection as timeline
from services.customers.read_models.timeline.query import last_seen
from shared.access.guessing import GuessLimit
from shared.access.sightings import sightings_model
from shared.access.visibility import Members
from shared.commands.handler import CommandHandler
from shared.database.engine import connect
from shared.eventstore.store import EventStore
from shared.runtime.service import Service

if TYPE_CHECKING:
    from services.customers.settings import CustomersSettings

NAME = "customers"

WRONG_IDENTIFIERS_MAX, WRONG_IDENTIFIERS_WINDOW_S = 100, 600.0
"""More in ten minutes is nobody who serves people, but somebody who tries numbers."""


def build(settings: CustomersSettings) -> Service:
    """The service. Raises `KeyFileError` when the keys are not those of this database."""
    handler, wiring = _wire(settings)
    sightings, heard = sightings_model(NAME, owns_members=True), timeline_model()
    return Service(
        name=NAME,
        engine=wiring.engine,
        handler=handler,
        make_router=partial(router, wiring),
        consumers=(sightings.consumer, heard.consumer, unsubscribed_consumer(Unsubscribing(handler))),
        topic_read_models=(sightings, heard),
        jobs=(vault_update(wiring.engine, wiring.profiles.vault),),
        migrations=Path(__file__).parent / "migrations",
    )


def build_commands(settings: CustomersSettings) -> CustomerCommands:
    """What changes customers, in transactions of whoever calls: for a command that erases again."""
    _, wiring = _wire(settings)
    wiring.engine.dispose()
    return wiring.commands


def _wire(settings: CustomersSettings) -> tuple[CommandHandler, Wiring]:
    engine = connect(settings.database_url, schema=settings.database_schema, pool_size=settings.database_pool_size)
    try:
        keys = open_keys(engine, settings.key_files)
    except BaseException:
        engine.dispose()
        raise
    store = EventStore(NAME, [CUSTOMER])
    handler = CommandHandler(
        store,
        translate=translate,
        projections=[
            customer_directory.PROJECTION,
            consent_history.PROJECTION,
            member_openings.OPENINGS,
            member_openings.ERASURES,
            # These ask who was erased, so they come after it.
            complaints.PROJECTION,
            timeline.PROJECTION,
        ],
    )
    vault = PostgresVault(FileKeyService(keys["vault"]), keys["blind-index"])
    recogniser = Recogniser(settings.phone_region, keys["member-token"])
    clock = settings.business_clock()
    commands, profiles = CustomerCommands(handler, vault, recogniser), Profiles(store, vault)
    lookups = Lookups(profiles, commands)
    return handler, Wiring(
        engine=engine,
        clock=clock,
        time_zone=settings.time_zone,
        recogniser=recogniser,
        registrar=Registrar(handler, vault, recogniser),
        commands=commands,
        profiles=profiles,
        preferences=Preferences(store, vault),
        complaints=Complaints(handler, PostgresComplaintTexts(vault)),
        addresses=AddressBook(store, vault),
        lookups=lookups,
        searches=Searches(vault, lookups, last_seen),
        guesses=GuessLimit(WRONG_IDENTIFIERS_MAX, WRONG_IDENTIFIERS_WINDOW_S, time.monotonic),
        members=Members(engine, clock),
        fingerprint=vault.fingerprint,
    )
