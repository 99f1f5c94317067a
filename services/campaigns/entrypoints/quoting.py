"""Routes for quotes: what a basket costs now."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from services.campaigns.application.situations import Question
from services.campaigns.domain.offers.basket import Basket, Line
from services.campaigns.domain.offers.definition import PointsOffer
from services.campaigns.domain.offers.reasons import TITLES
from services.campaigns.domain.quote.effects import in_words
from services.campaigns.entrypoints.till_bodies import AskQuote, QuoteView
from services.campaigns.read_models.checkouts.view import EffectView, LineEffect, WhyNotView
from shared.access.calls import CallerDep
from shared.access.permissions import requires
from shared.database.batch import fetch
from shared.database.engine import reading
from shared.kernel.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import APIRouter
    from sqlalchemy import Connection, Engine

    from services.campaigns.application.quotes import Quotes
    from services.campaigns.domain.offers.conditions import WhyNot
    from services.campaigns.domain.quote.quote import Quote
    from services.campaigns.entrypoints.till_bodies import Reserve
    from shared.access.permissions import Caller
    from shared.access.visibility import Members
    from shared.kernel.clock import BusinessClock


class StoreNotFound(NotFound):
    """No such store, or none that the caller may ask for."""

    code = "store_not_found"


class Questions:
    """Turns what a till sends into a question: fills in time and currency, and looks whether it may ask.

    `zone` is the chain's, for a store of which nobody has told us its own.
    """

    def __init__(self, members: Members, clock: BusinessClock, zone: ZoneInfo) -> None:
        self._members = members
        self._clock = clock
        self._zone = zone

    def require_store(self, caller: Caller, store: str) -> None:
        """Raises `StoreNotFound` for a store outside the caller's scope. Who has a basket may ask for its buyer."""
        if not self._members.covers(caller, store):
            raise StoreNotFound(f"no store {store!r}; a till asks for its own store", field="store", value=store)

    def question(self, connection: Connection, caller: Caller, body: AskQuote | Reserve) -> Question:
        """The question. Raises `InvalidInput` where a currency is neither given nor known of the store."""
        zone, currency = self._store(connection, body)
        at = body.occurred_at or self._clock.now().astimezone(zone)
        basket = Basket(
            store=body.store,
            till=body.till,
            business_date=body.business_date or at.date(),
            at=at,
            currency=currency,
            lines=tuple(
                Line(line.line, line.product, line.category, line.quantity, line.amount_minor) for line in body.lines
            ),
        )
        return Question(
            basket=basket,
            customer_id=body.customer_id,
            coupons=tuple(body.coupons),
            asked_by=caller.device or caller.name,
            checkout_id=body.checkout_id,
            drafts=tuple(body.drafts) if isinstance(body, AskQuote) else (),
        )

    def _store(self, connection: Connection, body: AskQuote | Reserve) -> tuple[ZoneInfo, str]:
        """By which clock and money the store lives, where the till does not say; not asked for where it does."""
        if body.currency is not None and body.occurred_at is not None:
            return self._zone, body.currency
        rows = fetch(
            connection,
            "select time_zone, currency from store_registry where store_id = %(store)s",
            {"store": body.store},
        )
        if rows:
            return ZoneInfo(rows[0][0]), body.currency or rows[0][1]
        if body.currency is None:
            msg = (
                f"currency is missing, and store {body.store!r} is not registered, so its own is not known;"
                " name a currency"
            )
            raise InvalidInput(msg, field="currency")
        return self._zone, body.currency


def add_quotes(api: APIRouter, engine: Engine, questions: Questions, quotes: Quotes) -> None:
    """Adds the routes."""

    @api.post("/quotes", summary="What a basket costs now", dependencies=[requires("campaigns.quotes.read")])
    def ask(body: AskQuote, caller: CallerDep) -> QuoteView:
        """The offers that apply, with their share of each line, and for each campaign that does not, why not.

        Nothing is held: what is quoted may be used up a moment later. With `dry_run` also the drafts that are named.
        """
        questions.require_store(caller, body.store)
        with reading(engine) as connection:
            found = quotes.quote(connection, questions.question(connection, caller, body))
        return _view(body, found)


def why_not_views(reasons: Iterable[WhyNot]) -> list[WhyNotView]:
    """Reasons as callers see them."""
    return [
        WhyNotView(campaign_id=no.campaign_id, offer=no.offer, code=no.code, title=TITLES[no.code], reason=no.reason)
        for no in reasons
    ]


def _view(body: AskQuote, found: Quote) -> QuoteView:
    total, currency = found.basket.total_minor, found.basket.currency
    effects = []
    for effect in found.effects:
        definition = effect.campaign.definition
        offer = definition.offer
        effects.append(
            EffectView(
                campaign_id=effect.campaign.campaign_id,
                campaign_version=effect.campaign.version,
                offer=definition.code,
                kind=offer.kind,
                name=dict(definition.name),
                amount_minor=effect.amount_minor,
                points_factor=offer.factor if isinstance(offer, PointsOffer) else None,
                points=effect.points,
                lines=[LineEffect(line=line, amount_minor=minor) for line, minor in sorted(effect.lines.items())],
                reason=in_words(offer, currency),
            ),
        )
    return QuoteView(
        checkout_id=body.checkout_id,
        currency=currency,
        total_minor=total,
        discount_minor=found.discount_minor,
        to_pay_minor=total - found.discount_minor,
        effects=effects,
        why_not=why_not_views(found.why_not),
    )
