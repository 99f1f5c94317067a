"""Routes for checkouts: reserve, confirm, release, and what became of it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.concurrency import run_in_threadpool

from services.campaigns.domain.checkout.decider import not_found
from services.campaigns.entrypoints.quoting import why_not_views
from services.campaigns.entrypoints.till_bodies import Confirm, Reserve
from services.campaigns.read_models.checkouts.query import checkout_view, store_of
from services.campaigns.read_models.checkouts.view import CheckoutView
from shared.access.calls import CallDep, CallerDep
from shared.access.permissions import WHOLE_CHAIN, requires
from shared.access.visibility import Guard
from shared.database.engine import reading

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from services.campaigns.application.checkouts import Checkouts
    from services.campaigns.entrypoints.quoting import Questions
    from shared.access.visibility import Members
    from shared.kernel.clock import BusinessClock


class SeesCheckout(Guard):
    """For routes with a `checkout_id` in their path: a checkout is seen with its store."""

    def __init__(self, engine: Engine, members: Members) -> None:
        self._engine = engine
        self._members = members

    async def __call__(self, checkout_id: UUID, caller: CallerDep) -> None:
        if caller.scope != WHOLE_CHAIN:
            store = await run_in_threadpool(self._store, checkout_id)
            if store is None or not await run_in_threadpool(self._members.covers, caller, store):
                raise not_found(checkout_id)

    def _store(self, checkout_id: UUID) -> str | None:
        with reading(self._engine) as connection:
            return store_of(connection, checkout_id)


def add_checkouts(
    api: APIRouter,
    engine: Engine,
    questions: Questions,
    checkouts: Checkouts,
    *,
    members: Members,
    clock: BusinessClock,
    held_for: timedelta,
) -> None:
    """Adds the routes."""
    guarded = Depends(SeesCheckout(engine, members))

    @api.post(
        "/checkouts",
        summary="Hold the offers of a basket",
        status_code=201,
        response_model=CheckoutView,
        dependencies=[requires("campaigns.checkouts.write")],
    )
    def reserve(body: Reserve, call: CallDep) -> Response:
        """Takes their uses, money and coupons until the checkout is confirmed, released, or its time is over.

        What was used up since the quote falls away with its reason, and other offers may come in for it. The same
        `checkout_id` with the same basket again changes nothing.
        """
        questions.require_store(call.caller, body.store)
        cause = call.cause(clock.now())
        request_hash = hashlib.sha256(body.model_dump_json(exclude={"reserve_s"}).encode()).hexdigest()
        held = held_for if body.reserve_s is None else timedelta(seconds=body.reserve_s)

        def work(connection: Connection, _lock: bool) -> CheckoutView:
            question = questions.question(connection, call.caller, body)
            reasons = checkouts.reserve(
                connection, cause, body.checkout_id, question, request_hash=request_hash, held_for=held
            )
            return _checkout(connection, body.checkout_id).model_copy(update={"why_not": why_not_views(reasons)})

        return call.answer(engine, work, status=201)

    @api.get(
        "/checkouts/{checkout_id}",
        summary="What became of a checkout",
        dependencies=[requires("campaigns.checkouts.read"), guarded],
    )
    def show(checkout_id: UUID) -> CheckoutView:
        """For a till that does not know whether its call went through."""
        with reading(engine) as connection:
            return _checkout(connection, checkout_id)

    @api.post(
        "/checkouts/{checkout_id}/confirmation",
        summary="It was paid",
        response_model=CheckoutView,
        dependencies=[requires("campaigns.checkouts.write"), guarded],
    )
    def confirm(checkout_id: UUID, body: Confirm, call: CallDep) -> Response:
        """The fast path: the receipt that names the checkout confirms it as well. Never refused for being late.

        When its time was over its uses are taken again; what is used up by then stands as `over_limit`.
        """
        cause = call.cause(clock.now())

        def work(connection: Connection, _lock: bool) -> CheckoutView:
            checkouts.confirm(connection, cause, checkout_id, body.receipt_id)
            return _checkout(connection, checkout_id)

        return call.answer(engine, work)

    @api.post(
        "/checkouts/{checkout_id}/release",
        summary="Give it up",
        response_model=CheckoutView,
        dependencies=[requires("campaigns.checkouts.write"), guarded],
    )
    def release(checkout_id: UUID, call: CallDep) -> Response:
        """What it held is free for others at once. Releasing again changes nothing."""
        cause = call.cause(clock.now())

        def work(connection: Connection, _lock: bool) -> CheckoutView:
            checkouts.release(connection, cause, checkout_id)
            return _checkout(connection, checkout_id)

        return call.answer(engine, work)


def _checkout(connection: Connection, checkout_id: UUID) -> CheckoutView:
    found = checkout_view(connection, checkout_id)
    if found is None:
        raise not_found(checkout_id)
    return found
