"""Routes of sums: sales by store, day or category, and totals."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from services.stores.entrypoints.paging import Cursor, Limit
from services.stores.read_models.sales import query
from services.stores.read_models.sales.view import GroupBy, SalesPage, Totals
from shared.access.calls import CallerDep
from shared.access.permissions import requires
from shared.kernel.text import Code

if TYPE_CHECKING:
    from services.stores.entrypoints.wiring import Wiring


def add_routes(routes: APIRouter, wiring: Wiring) -> None:
    """Every route of sums."""

    @routes.get(
        "/sales",
        summary="Sales by store, day or category",
        description="Gross is what was sold, net is what is left after returns and voids; both stand on the business"
        " date of the sale. Sums in different currencies are never added. Only the caller's stores count.",
        dependencies=[requires("stores.sales.read")],
    )
    def get_sales(
        caller: CallerDep,
        *,
        group_by: GroupBy = "store",
        store: Code | None = None,
        since: Annotated[date | None, Query(alias="from", description="First business date.")] = None,
        until: Annotated[date | None, Query(alias="to", description="Last business date.")] = None,
        cursor: Cursor | None = None,
        limit: Limit = 100,
    ) -> SalesPage:
        asked = query.SalesQuery(group_by, wiring.reach(caller), store, since, until)
        with wiring.engine.begin() as connection:
            return query.page(connection, asked, cursor=cursor, limit=limit)

    @routes.get(
        "/totals",
        summary="All sales of the caller's stores, for reconciliation",
        dependencies=[requires("stores.sales.read")],
    )
    def get_totals(caller: CallerDep) -> Totals:
        reach = wiring.reach(caller)
        with wiring.engine.begin() as connection:
            return query.totals(connection, reach)
