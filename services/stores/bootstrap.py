"""Puts the service together; the only place that picks adapters."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from services.stores.adapters.member_token_key import open_member_token_key
from services.stores.adapters.member_tokens_postgres import PostgresMemberTokens
from services.stores.adapters.receipt_files import open_rows
from services.stores.adapters.registered_stores_postgres import find_stores
from services.stores.adapters.waiting_receipts_postgres import find_waiting
from services.stores.application.commands import ReceiptCommands, StoreCommands
from services.stores.application.importing import Importer
from services.stores.application.intake import Intake
from services.stores.application.members import MemberFollower
from services.stores.application.taking import ReceiptTaker
from services.stores.application.translation import Translation
from services.stores.domain.receipt.decider import DECIDER as RECEIPT
from services.stores.domain.store.decider import DECIDER as STORE
from services.stores.entrypoints.api import router
from services.stores.entrypoints.consumers import members_consumer, receipts_consumer
from services.stores.entrypoints.gathered import GatheredIntake
from services.stores.entrypoints.scheduler import waiting_receipts_job
from services.stores.entrypoints.wiring import Wiring
from services.stores.read_models.quarantine import projection as quarantine
from services.stores.read_models.receipt.query import as_sold
from services.stores.read_models.sales.projection import SalesProjections
from services.stores.read_models.store_directory import projection as store_directory
from services.stores.read_models.waiting_receipts import projection as waiting_receipts
from shared.commands.handler import CommandHandler
from shared.database.engine import connect
from shared.eventstore.store import EventStore
from shared.identity.keys import KeyFileError
from shared.identity.tokeniser import Tokeniser
from shared.runtime.service import Service

if TYPE_CHECKING:
    from services.stores.settings import StoresSettings

NAME = "stores"


def build(settings: StoresSettings) -> Service:
    """The service. Raises `KeyFileError` when the key of member tokens is not that of this database."""
    wiring = _wire(settings)
    handler = wiring.handler
    return Service(
        name=NAME,
        engine=wiring.engine,
        handler=handler,
        make_router=partial(router, wiring),
        consumers=[
            members_consumer(MemberFollower(handler, wiring.tokens, find_waiting)),
            receipts_consumer(ReceiptTaker(wiring.intake)),
        ],
        jobs=[waiting_receipts_job(wiring.engine)],
        migrations=Path(__file__).parent / "migrations",
    )


def build_importer(settings: StoresSettings) -> Importer:
    """The intake of files, on the same parts."""
    wiring = _wire(settings)
    return Importer(wiring.engine, wiring.intake, find_stores, open_rows, wiring.clock)


def build_receipts(settings: StoresSettings) -> ReceiptCommands:
    """What changes receipts, in transactions of whoever calls: for a command that tells them anew."""
    wiring = _wire(settings)
    wiring.engine.dispose()
    return wiring.receipts


def _wire(settings: StoresSettings) -> Wiring:
    engine = connect(settings.database_url, schema=settings.database_schema, pool_size=settings.database_pool_size)
    try:
        key = open_member_token_key(engine, settings.member_token_key_file)
    except KeyFileError:
        engine.dispose()
        raise
    tokeniser = Tokeniser(key, settings.phone_region)
    store = EventStore(NAME, [STORE, RECEIPT])
    sales = SalesProjections(partial(as_sold, store=store))
    handler = CommandHandler(
        store,
        translate=Translation(store),
        projections=[
            store_directory.PROJECTION,
            waiting_receipts.PROJECTION,
            quarantine.PROJECTION,
            sales.store_days,
            sales.sales_by_day,
        ],
    )
    clock = settings.business_clock()
    tokens = PostgresMemberTokens()
    intake = Intake(handler, find_stores, tokens, tokeniser, clock, waits_days=settings.waits_days)
    return Wiring(
        engine=engine,
        handler=handler,
        clock=clock,
        tokens=tokens,
        tokeniser=tokeniser,
        intake=intake,
        gathered=GatheredIntake(engine, intake),
        receipts=ReceiptCommands(handler, tokens, tokeniser),
        stores=StoreCommands(handler),
    )
