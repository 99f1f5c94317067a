"""Wires the till's side of the service: quotes, checkouts, coupons, the sales that confirm, the time that ends."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from services.campaigns.adapters.till_reads_postgres import PostgresCheckoutReads, PostgresTillReads
from services.campaigns.application.checkout_expiry import EXPIRE_CHECKOUTS, CheckoutExpiry
from services.campaigns.application.checkouts import Checkouts
from services.campaigns.application.confirmations import ConfirmSales, SaleView
from services.campaigns.application.coupons import Coupons
from services.campaigns.application.member_offers import MemberOffers
from services.campaigns.application.quotes import Quotes
from services.campaigns.application.situations import Situations
from services.campaigns.domain.quote.quote import Policy
from services.campaigns.entrypoints.checkouts import add_checkouts
from services.campaigns.entrypoints.coupons import add_coupons
from services.campaigns.entrypoints.member_offers import add_member_offers
from services.campaigns.entrypoints.quoting import Questions, add_quotes
from shared.access.guessing import GuessLimit
from shared.access.visibility import Members
from shared.contracts.stores import (
    SALES_TOPIC,
    SaleAttributed,
    SaleDetached,
    SaleRecorded,
    SaleReturned,
    SaleVoided,
)
from shared.messaging.consumer import Consumer
from shared.runtime.service import Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import APIRouter
    from sqlalchemy import Engine

    from services.campaigns.domain.stacking.tree import StackingTree
    from shared.commands.handler import CommandHandler
    from shared.kernel.clock import BusinessClock

WRONG_CODES_MAX = 30
WRONG_CODES_WINDOW_S = 600.0
SALES_BATCH_MAX = 200
"""A batch holds its locks until it ends, and tills wait for them."""

_SALES = (SaleRecorded, SaleAttributed, SaleDetached, SaleReturned, SaleVoided)


@dataclass(frozen=True, slots=True)
class Tills:
    """The parts that `bootstrap` hangs up."""

    add_routes: Callable[[APIRouter], None]
    consumer: Consumer
    job: Job


def tills(
    engine: Engine,
    handler: CommandHandler,
    clock: BusinessClock,
    *,
    time_zone: str,
    stacking: StackingTree,
    points_per_unit: int,
    held_for: timedelta,
    sweep_s: float,
) -> Tills:
    """The till's side, wired and not started."""
    reads, checkout_reads = PostgresTillReads(), PostgresCheckoutReads()
    members = Members(engine, clock)
    policy = Policy(stacking, points_per_unit)
    situations = Situations(reads, GuessLimit(WRONG_CODES_MAX, WRONG_CODES_WINDOW_S, time.monotonic))
    questions = Questions(members, clock, ZoneInfo(time_zone))
    checkouts = Checkouts(handler, situations, policy)

    def add_routes(api: APIRouter) -> None:
        add_quotes(api, engine, questions, Quotes(situations, reads, policy))
        add_checkouts(api, engine, questions, checkouts, members=members, clock=clock, held_for=held_for)
        add_coupons(api, engine, Coupons(handler, secrets.token_bytes), reads=reads, members=members, clock=clock)
        add_member_offers(api, engine, MemberOffers(reads), members=members, clock=clock)

    expiry = CheckoutExpiry(engine, handler, clock, checkout_reads)
    return Tills(
        add_routes=add_routes,
        consumer=Consumer(
            name="campaigns.checkout_sales",
            topics=(SALES_TOPIC,),
            views={sale.type: SaleView for sale in _SALES},
            handle=ConfirmSales(handler, checkout_reads),
            order="key",
            # A checkout knows which versions of its sale it has heard.
            repeatable=True,
            batch_size_max=SALES_BATCH_MAX,
        ),
        job=Job(EXPIRE_CHECKOUTS, expiry.expire, every_s=sweep_s),
    )
