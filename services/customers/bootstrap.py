"""Puts the service together; the only place that picks adapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.customers.adapters.key_checks import open_keys
from services.customers.adapters.key_service_file import FileKeyService
from services.customers.adapters.vault_postgres import PostgresVault
from services.customers.application.commands import CustomerCommands
from services.customers.application.identifiers import Recogniser
from services.customers.application.profiles import Profiles
from services.customers.application.registration import Registrar
from services.customers.application.translation import translate
from services.customers.domain.customer.decider import CUSTOMER
from services.customers.entrypoints.api import router
from services.customers.entrypoints.wiring import Wiring
from services.customers.read_models.consent_history import projection as consent_history
from services.customers.read_models.customer_directory import projection as customer_directory
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
        projections=[customer_directory.PROJECTION, consent_history.PROJECTION],
    )
    vault = PostgresVault(FileKeyService(keys["vault"]), keys["blind-index"])
    recogniser = Recogniser(settings.phone_region, keys["member-token"])
    wiring = Wiring(
        engine=engine,
        clock=settings.business_clock(),
        time_zone=settings.time_zone,
        recogniser=recogniser,
        registrar=Registrar(handler, vault, recogniser),
        commands=CustomerCommands(handler, vault, recogniser),
        profiles=Profiles(store, vault),
        fingerprint=vault.fingerprint,
    )
    return Service(name=NAME, engine=engine, handler=handler, router=router(wiring))
