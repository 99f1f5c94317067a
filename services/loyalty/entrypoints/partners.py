"""The HTTP side of partners: what they owe each other. A partner sees its own page of the books and no other."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.loyalty.domain.funding.errors import SettlementNotFound
from services.loyalty.read_models.partner_statements.export import as_csv
from services.loyalty.read_models.partner_statements.query import balances, is_known, statement
from services.loyalty.read_models.partner_statements.view import PartnerStatement, SettlementPage
from shared.access.calls import CallerDep
from shared.access.permissions import WHOLE_CHAIN, requires
from shared.access.visibility import Guard
from shared.database.engine import reading
from shared.kernel.text import Code

if TYPE_CHECKING:
    from sqlalchemy import Engine

Month = Annotated[
    str,
    Path(pattern="^(19|2[0-2])[0-9]{2}-(0[1-9]|1[0-2])$", description="A month of the stores' dates, such as 2026-03."),
]
Limit = Annotated[int, Query(ge=1, le=200, description="How many parties at most.")]
DECEMBER = 12


def add_settlements(api: APIRouter, engine: Engine) -> None:
    """Every route of the books between partners."""
    guarded = Depends(SeesSettlements())

    @api.get(
        "/settlements",
        summary="What partners owe each other",
        dependencies=[requires("loyalty.settlements.read")],
    )
    def list_settlements(caller: CallerDep, cursor: Code | None = None, limit: Limit = 100) -> SettlementPage:
        """Each party with what stands between it and the others now, page by page by the parties' codes."""
        if caller.scope != WHOLE_CHAIN and caller.scope.partner is None:
            return SettlementPage(items=[], next_cursor=None)
        with reading(engine) as connection:
            page = balances(connection, only=caller.scope.partner, after=cursor, limit=limit)
        return SettlementPage(items=page, next_cursor=page[-1].party if len(page) == limit else None)

    @api.get(
        "/settlements/{party}/statements/{month}",
        summary="A party's statement of a month",
        dependencies=[requires("loyalty.settlements.read"), guarded],
    )
    def show_statement(party: Code, month: Month) -> PartnerStatement:
        """What stood before, what each campaign did day by day, what stands after; who owes whom in words.

        Every booking is on two parties' statements with opposite signs: over all parties each sum is zero.
        """
        return _statement(engine, party, month)

    @api.get(
        "/settlements/{party}/statements/{month}/lines.csv",
        summary="The lines of a statement as CSV",
        response_class=Response,
        responses={200: {"content": {"text/csv": {}}}},
        dependencies=[requires("loyalty.settlements.read"), guarded],
    )
    def export_statement(party: Code, month: Month) -> Response:
        """Amounts as decimal numbers; texts are safe to open in a spreadsheet."""
        return Response(as_csv(_statement(engine, party, month)), media_type="text/csv; charset=utf-8")


class SeesSettlements(Guard):
    """For routes with a `party` in their path: the whole chain sees all of them, a partner its own."""

    async def __call__(self, party: Code, caller: CallerDep) -> None:
        if caller.scope != WHOLE_CHAIN and caller.scope.partner != party:
            raise SettlementNotFound(party)


def _statement(engine: Engine, party: str, month: str) -> PartnerStatement:
    first = date.fromisoformat(f"{month}-01")
    after = date(first.year + first.month // DECEMBER, first.month % DECEMBER + 1, 1)
    with reading(engine) as connection:
        if not is_known(connection, party):
            raise SettlementNotFound(party)
        return statement(connection, party, first, after)
