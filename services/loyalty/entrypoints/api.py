"""The HTTP side: accounts and their statements, the programme's liability, redemptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.loyalty.domain.account.errors import AccountNotFound, RedemptionNotFound
from services.loyalty.entrypoints.partners import add_settlements
from services.loyalty.read_models.account_balance.query import balance, balances
from services.loyalty.read_models.account_balance.view import AccountBalance, AccountList
from services.loyalty.read_models.ledger_entries.query import bookings
from services.loyalty.read_models.ledger_entries.view import Statement
from services.loyalty.read_models.lots.query import liability, lots_of
from services.loyalty.read_models.lots.view import Liability, Lot
from services.loyalty.read_models.redemptions.query import redemption_view
from services.loyalty.read_models.redemptions.view import RedemptionView
from shared.access.calls import CallDep, CallerDep
from shared.access.permissions import WHOLE_CHAIN, requires
from shared.access.visibility import Guard, Members, SeesMember
from shared.database.engine import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from services.loyalty.application.redemptions import Redemptions
    from shared.kernel.clock import BusinessClock

POINTS_MAX = 1_000_000_000
VERSION_MAX = 2**31 - 1

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]


class Reserve(BaseModel):
    """Hold points of a member for a redemption."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    redemption_id: UUID = Field(description="Made by the caller and kept for retries.")
    customer_id: UUID
    points: int = Field(ge=1, le=POINTS_MAX)
    reserved_until: AwareDatetime | None = Field(
        default=None,
        description="Until when, with an offset, in business time. Left out: the programme's usual time.",
    )


class AccountWithLots(AccountBalance):
    """What a member has, with the lots that it is in."""

    lots: list[Lot] = Field(description="The earliest expiry first: the order in which they burn.")


def router(engine: Engine, redemptions: Redemptions, clock: BusinessClock, time_zone: str) -> APIRouter:
    """The routes of the service."""
    api = APIRouter()
    members = Members(engine, clock)
    _add_accounts(api, engine, members)
    _add_redemptions(api, engine, redemptions, members, clock=clock, time_zone=time_zone)
    add_settlements(api, engine)
    return api


def _add_accounts(api: APIRouter, engine: Engine, members: Members) -> None:
    guarded = Depends(SeesMember(members, _no_account))

    @api.get("/accounts", summary="All accounts, page by page", dependencies=[requires("loyalty.accounts.read")])
    def list_accounts(caller: CallerDep, cursor: UUID | None = None, limit: Limit = 100) -> AccountList:
        """Those in the caller's scope, by their ids, so that a walk through all pages sees every account once."""
        with reading(engine) as connection:
            page = balances(connection, members.visible_to(caller), after=cursor, limit=limit)
        return AccountList(items=page, next_cursor=page[-1].customer_id if len(page) == limit else None)

    @api.get(
        "/accounts/{customer_id}",
        summary="What a member has",
        dependencies=[requires("loyalty.accounts.read"), guarded],
    )
    def show_account(customer_id: UUID) -> AccountWithLots:
        """The balance and the lots, as of the account's version in the answer."""
        with reading(engine) as connection:
            found = _account(connection, customer_id)
            return AccountWithLots(**found.model_dump(), lots=lots_of(connection, customer_id))

    @api.get(
        "/accounts/{customer_id}/statement",
        summary="What happened to a member's points",
        dependencies=[requires("loyalty.accounts.read"), guarded],
    )
    def show_statement(
        customer_id: UUID,
        cursor: Annotated[
            int | None,
            Query(ge=1, le=VERSION_MAX, description="`next_cursor` of the page before."),
        ] = None,
        limit: Limit = 50,
    ) -> Statement:
        """Bookings, newest first, each with its entries."""
        with reading(engine) as connection:
            _account(connection, customer_id)
            page = bookings(connection, customer_id, before=cursor, limit=limit)
        next_cursor = page[-1].version if len(page) == limit else None
        return Statement(customer_id=customer_id, items=page, next_cursor=next_cursor)

    @api.get(
        "/liability",
        summary="What the programme owes its members",
        dependencies=[requires("loyalty.liability.read")],
    )
    def show_liability(caller: CallerDep) -> Liability:
        """Points that can still be redeemed, by the month of their expiry, of the members in the caller's scope."""
        with reading(engine) as connection:
            return liability(connection, members.visible_to(caller))


def _add_redemptions(
    api: APIRouter,
    engine: Engine,
    redemptions: Redemptions,
    members: Members,
    *,
    clock: BusinessClock,
    time_zone: str,
) -> None:
    guarded = Depends(SeesRedemption(members))

    def answer(
        call: CallDep, redemption_id: UUID, work: Callable[[Connection], None], *, status: int = 200
    ) -> Response:
        def done(connection: Connection, _lock: bool) -> RedemptionView:
            work(connection)
            return _redemption(connection, redemption_id)

        return call.answer(engine, done, status=status)

    @api.post(
        "/redemptions",
        summary="Reserve points",
        status_code=201,
        response_model=RedemptionView,
        dependencies=[requires("loyalty.redemptions.write")],
    )
    def reserve(body: Reserve, call: CallDep) -> Response:
        """Holds points, those that expire first, until they are confirmed, cancelled, or `reserved_until` is over.

        Refused with `insufficient_points` when less can be spent. The same `redemption_id` again changes nothing.
        """
        members.require(call.caller, body.customer_id, _no_account)
        cause, today = call.cause(clock.now()), clock.today(time_zone)
        return answer(
            call,
            body.redemption_id,
            lambda connection: redemptions.reserve(
                connection,
                cause,
                today,
                redemption_id=body.redemption_id,
                customer_id=body.customer_id,
                points=body.points,
                reserved_until=body.reserved_until,
            ),
            status=201,
        )

    @api.get(
        "/redemptions/{redemption_id}",
        summary="What became of a redemption",
        dependencies=[requires("loyalty.redemptions.read"), guarded],
    )
    def show_redemption(redemption_id: UUID) -> RedemptionView:
        """For a till that does not know whether its call went through."""
        with reading(engine) as connection:
            return _redemption(connection, redemption_id)

    @api.post(
        "/redemptions/{redemption_id}/confirm",
        summary="Burn reserved points",
        response_model=RedemptionView,
        dependencies=[requires("loyalty.redemptions.write"), guarded],
    )
    def confirm(redemption_id: UUID, call: CallDep) -> Response:
        """Refused with `reservation_expired` when the time is over. Confirming again changes nothing."""
        cause, today = call.cause(clock.now()), clock.today(time_zone)
        return answer(call, redemption_id, lambda c: redemptions.confirm(c, cause, today, redemption_id))

    @api.post(
        "/redemptions/{redemption_id}/cancel",
        summary="Give reserved points back",
        response_model=RedemptionView,
        dependencies=[requires("loyalty.redemptions.write"), guarded],
    )
    def cancel(redemption_id: UUID, call: CallDep) -> Response:
        """The points go back into the lots that they came from. Cancelling again changes nothing."""
        cause, today = call.cause(clock.now()), clock.today(time_zone)
        return answer(call, redemption_id, lambda c: redemptions.cancel(c, cause, today, redemption_id))


class SeesRedemption(Guard):
    """For routes with a `redemption_id` in their path: a redemption is seen with its member."""

    def __init__(self, members: Members) -> None:
        self._members = members

    async def __call__(self, redemption_id: UUID, caller: CallerDep) -> None:
        if caller.scope != WHOLE_CHAIN:
            rows = "select customer_id from redemptions where redemption_id = %(id)s"
            await run_in_threadpool(self._members.require_row, caller, rows, redemption_id, _no_redemption)


def _account(connection: Connection, customer_id: UUID) -> AccountBalance:
    found = balance(connection, customer_id)
    if found is None:
        raise _no_account(customer_id)
    return found


def _redemption(connection: Connection, redemption_id: UUID) -> RedemptionView:
    found = redemption_view(connection, redemption_id)
    if found is None:
        raise _no_redemption(redemption_id)
    return found


def _no_account(customer_id: UUID) -> AccountNotFound:
    return AccountNotFound(
        f"customer_id {customer_id} has no account; register the member first",
        customer_id=str(customer_id),
    )


def _no_redemption(redemption_id: UUID) -> RedemptionNotFound:
    return RedemptionNotFound(
        f"no redemption {redemption_id}; reserve points first",
        redemption_id=str(redemption_id),
    )
