"""The composition root: the only file that picks the parts of `loyalty`."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from services.loyalty.application.bonuses import SettleBonuses
from services.loyalty.application.expiry import Expiry
from services.loyalty.application.members import FollowMembers
from services.loyalty.application.partners import SettleFundings
from services.loyalty.application.redemptions import Redemptions
from services.loyalty.application.sales import SettleSales
from services.loyalty.application.translation import translate
from services.loyalty.audit.auditor import audit
from services.loyalty.audit.checks import MUST_BE_ZERO
from services.loyalty.audit.partner_checks import PARTNERS_MUST_BE_ZERO
from services.loyalty.domain.account.decider import ACCOUNT
from services.loyalty.domain.funding.decider import FUNDING
from services.loyalty.entrypoints.api import router
from services.loyalty.entrypoints.consumers import consumers
from services.loyalty.entrypoints.scheduler import jobs
from services.loyalty.read_models.account_balance.projection import PROJECTION as ACCOUNT_BALANCE
from services.loyalty.read_models.bonuses.projection import PROJECTION as BONUSES
from services.loyalty.read_models.ledger_entries.projection import PROJECTION as LEDGER_ENTRIES
from services.loyalty.read_models.lots.projection import PROJECTION as LOTS
from services.loyalty.read_models.lots.query import expiring_accounts
from services.loyalty.read_models.partner_entries.projection import PROJECTION as PARTNER_ENTRIES
from services.loyalty.read_models.receipt_points.projection import PROJECTION as RECEIPT_POINTS
from services.loyalty.read_models.receipt_points.query import known_receipts
from services.loyalty.read_models.redemptions.projection import PROJECTION as REDEMPTIONS
from services.loyalty.read_models.redemptions.query import due_reservations, find_redemption
from shared.access.sightings import sightings_model
from shared.commands.handler import CommandHandler
from shared.database.engine import connect
from shared.eventstore.store import EventStore
from shared.runtime.service import Service

if TYPE_CHECKING:
    from services.loyalty.settings import LoyaltySettings

NAME = "loyalty"


def build(settings: LoyaltySettings) -> Service:
    """The service, wired and not started."""
    engine = connect(settings.database_url, schema=settings.database_schema, pool_size=settings.database_pool_size)
    clock = settings.business_clock()
    handler = CommandHandler(
        EventStore(NAME, [ACCOUNT, FUNDING]),
        translate=translate,
        projections=[LEDGER_ENTRIES, ACCOUNT_BALANCE, LOTS, RECEIPT_POINTS, REDEMPTIONS, BONUSES, PARTNER_ENTRIES],
    )
    redemptions = Redemptions(
        handler,
        find_redemption,
        held_for=timedelta(minutes=settings.reservation_minutes),
        held_for_max=timedelta(days=settings.reservation_days_max),
    )
    expiry = Expiry(engine, handler, clock, due_reservations, expiring_accounts)
    programme = settings.programme()
    sightings = sightings_model(NAME)
    return Service(
        name=NAME,
        engine=engine,
        handler=handler,
        make_router=partial(router, engine, redemptions, clock, settings.time_zone),
        consumers=(
            *consumers(
                SettleSales(handler, programme, known_receipts),
                SettleBonuses(handler, programme, known_receipts),
                SettleFundings(handler),
                FollowMembers(handler),
            ),
            sightings.consumer,
        ),
        topic_read_models=(sightings,),
        jobs=jobs(expiry, sweep_s=settings.reservation_sweep_s),
        audit=partial(audit, debt_allowed=settings.debt_allowed),
        must_be_zero=MUST_BE_ZERO | PARTNERS_MUST_BE_ZERO,
        migrations=Path(__file__).parent / "migrations",
    )
