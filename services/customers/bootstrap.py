"""Puts the service together; the only place that picks adapters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from services.customers.adapters.key_checks import open_keys
from services.customers.adapters.key_service_file import FileKeyService
from services.customers.adapters.vault_postgres import PostgresVault
from services.customers.application.addresses import AddressBook
from services.customers.application.commands import CustomerCommands
from services.customers.application.identifiers import Recogniser
from services.customers.application.lookups import Lookups
from services.customers.application.profiles import Profiles
from services.customers.application.registration import Registrar
from services.customers.application.translation import translate
from services.customers.domain.customer.decider import CUSTOMER
from services.customers.entrypoints.api import router
from services.customers.entrypoints.wiring import Wiring
from services.customers.read_models.consent_history import projection as consent_history
from services.customers.read_models.customer_directory import projection as customer_directory
from services.customers.read_models.member_openings import projection as member_openings
from shared.access.sightings import sightings_model
from shared.access.visibility import Members
from shared.commands.handler import CommandHandler
from shared.database.engine import connect
from shared.eventstore.store import EventStore
from shared.runtime.service import Service

if TYPE_CHECKING:
    from services.customers.settings import CustomersSettings

NAME = "customers"


def build(settings: CustomersSettings) -> Service:
    """The service. Raises `KeyFileError` when the keys are not those of this database."""
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
        ],
    )
    vault = PostgresVault(FileKeyService(keys["vault"]), keys["blind-index"])
    recogniser = Recogniser(settings.phone_region, keys["member-token"])
    clock = settings.business_clock()
    commands, profiles = CustomerCommands(handler, vault, recogniser), Profiles(store, vault)
    wiring = Wiring(
        engine=engine,
        clock=clock,
        time_zone=settings.time_zone,
        recogniser=recogniser,
        registrar=Registrar(handler, vault, recogniser),
        commands=commands,
        profiles=profiles,
        addresses=AddressBook(profiles),
        lookups=Lookups(profiles, commands),
        members=Members(engine, clock),
        fingerprint=vault.fingerprint,
    )
    sightings = sightings_model(NAME, owns_members=True)
    return Service(
        name=NAME,
        engine=engine,
        handler=handler,
        router=router(wiring),
        consumers=(sightings.consumer,),
        topic_read_models=(sightings,),
        migrations=Path(__file__).parent / "migrations",
    )
