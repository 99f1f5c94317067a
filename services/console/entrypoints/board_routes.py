"""HTTP: who is signed in, the first page's figures, what is to do today, stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Depends

from services.console.entrypoints.asking import From, Store, To, no_store, require_store, span_of
from services.console.entrypoints.bodies import MeView
from services.console.read_models.members import query as members
from services.console.read_models.members.filters import MemberFilter
from services.console.read_models.members.view import RfmClass, TodayView
from services.console.read_models.overview.query import overview, sales_days
from services.console.read_models.overview.view import OverviewView
from services.console.read_models.stores import query as stores
from services.console.read_models.stores.view import StoreDaysView, StoresView
from shared.access.calls import CallerDep
from shared.access.permissions import Caller, requires
from shared.access.visibility import EVERYBODY, Guard, Members, stores_visible
from shared.database.engine import reading
from shared.kernel.text import Code

if TYPE_CHECKING:
    from fastapi import APIRouter

    from services.console.entrypoints.wiring import Wiring

SHOWN_MAX = 20
"""How many of a list the page of the day shows; the whole of it is a list of members."""
LOYAL: tuple[RfmClass, ...] = ("champions", "slipping_champions", "regulars", "slipping_regulars")
"""The classes of those who come often."""


def add_routes(api: APIRouter, wiring: Wiring) -> None:
    """Adds the routes."""
    engine = wiring.engine

    @api.get("/me", summary="Who is signed in", response_model=MeView, dependencies=[requires("console.me.read")])
    def get_me(caller: CallerDep) -> MeView:
        return MeView(
            subject=caller.name.partition("|")[2],
            roles=sorted(caller.roles),
            permissions=sorted(caller.permissions),
            stores=None if caller.scope.stores is None else sorted(caller.scope.stores),
            regions=sorted(caller.scope.regions),
            partner=caller.scope.partner,
            business_now=wiring.clock.now(),
            business_today=wiring.today,
            time_zone=wiring.time_zone,
        )

    @api.get(
        "/overview",
        summary="The chain, or one store, between two dates",
        description="Sales of the stores and figures of the members in the caller's scope.",
        response_model=OverviewView,
        dependencies=[requires("console.overview.read")],
    )
    def get_overview(caller: CallerDep, from_: From = None, to: To = None, store: Store = None) -> OverviewView:
        require_store(wiring.members, caller, store)
        first, last = span_of(from_, to, wiring.today)
        with reading(engine) as connection:
            asked = wiring.asked(caller, MemberFilter(store=store))
            return overview(connection, asked, stores_visible(caller.scope), first, last)

    @api.get(
        "/today",
        summary="What to do first",
        description="Good customers whom nobody contacted, and complaints by the time that is left.",
        response_model=TodayView,
        dependencies=[requires("console.today.read")],
    )
    def get_today(caller: CallerDep, store: Store = None) -> TodayView:
        require_store(wiring.members, caller, store)
        return _today(wiring, caller, store)

    @api.get(
        "/stores",
        summary="Every store with its last days",
        response_model=StoresView,
        dependencies=[requires("console.stores.read")],
    )
    def get_stores(caller: CallerDep) -> StoresView:
        with reading(engine) as connection:
            items = stores.store_board(connection, stores_visible(caller.scope), wiring.today)
        return StoresView(business_today=wiring.today, items=items)

    @api.get(
        "/stores/{store_id}/days",
        summary="One store, day by day",
        response_model=StoreDaysView,
        dependencies=[requires("console.stores.read"), Depends(SeesStore(wiring.members))],
    )
    def get_store_days(store_id: Code, from_: From = None, to: To = None) -> StoreDaysView:
        first, last = span_of(from_, to, wiring.today)
        with reading(engine) as connection:
            found = stores.find_store(connection, store_id)
            if found is None:
                raise no_store()
            region, currency = found
            days = sales_days(connection, EVERYBODY, first, last, store=store_id)
        return StoreDaysView(
            store_id=store_id, region=region, currency=currency, from_date=first, to_date=last, days=days
        )


class SeesStore(Guard):
    """For routes with a `store_id` in their path."""

    def __init__(self, members: Members) -> None:
        self._members = members

    def __call__(self, store_id: Code, caller: CallerDep) -> None:
        require_store(self._members, caller, store_id)


def _today(wiring: Wiring, caller: Caller, store: str | None) -> TodayView:
    uncontacted = wiring.uncontacted_days
    at_risk = MemberFilter(store=store, lifecycle="at_risk", rfm_in=LOYAL, uncontacted_days=uncontacted)
    best = MemberFilter(store=store, rfm="champions", uncontacted_days=uncontacted)
    new = MemberFilter(store=store, registered_on=wiring.today)
    with reading(wiring.engine) as connection:
        (risky, risky_total), (good, good_total) = members.best_members(
            connection, [wiring.asked(caller, at_risk), wiring.asked(caller, best)], SHOWN_MAX
        )
        return TodayView(
            business_today=wiring.today,
            uncontacted_days=uncontacted,
            at_risk=risky,
            at_risk_total=risky_total,
            best=good,
            best_total=good_total,
            new_members=members.count_members(connection, wiring.asked(caller, new)),
            complaints=members.open_complaints(
                connection,
                wiring.complaint_time,
                seen=wiring.members.visible_to(caller),
                store=store,
            ),
        )
