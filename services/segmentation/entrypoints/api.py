"""HTTP: facts and scores of members, the cell table, the cuts, and sweeping by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.segmentation.read_models.member_facts.query import member_facts
from services.segmentation.read_models.member_facts.view import MemberFactsView
from services.segmentation.read_models.member_scores import query
from services.segmentation.read_models.member_scores.view import CellsView, CutsView, MemberScoresPage, MemberScoreView
from shared.access.calls import CallDep, CallerDep
from shared.access.permissions import requires
from shared.access.visibility import EVERYBODY, ForTheWholeChain, Members, SeesMember
from shared.kernel.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from services.segmentation.application.membership_pages import MembershipPages
    from services.segmentation.application.scoring import Scoring
    from shared.kernel.clock import BusinessClock

PAGE_MAX = 200
EARLIEST = date(1990, 1, 1)
"""Nobody scores by an older date: it is a slip."""
_UNSWEPT: dict[int | str, dict[str, Any]] = {404: {"description": "Nobody was scored yet."}}
T = TypeVar("T")


class CustomerScoresView(BaseModel):
    """What is known of a member's buying: facts as they stand, scores as of the newest sweep's date."""

    customer_id: UUID
    facts: MemberFactsView
    scores: MemberScoreView | None = Field(description="Null before the first sweep, and when nothing counts by then.")
    cuts: CutsView | None = Field(description="What the scores were compared with.")


class SweepRequest(BaseModel):
    """Asks for a sweep."""

    model_config = ConfigDict(extra="forbid")

    as_of: date | None = Field(
        default=None, ge=EARLIEST, description="The date to score by; the business's today if left out."
    )


def build_router(
    engine: Engine, scoring: Scoring, pages: MembershipPages, clock: BusinessClock, time_zone: str
) -> APIRouter:
    """The routes about scores."""
    router = APIRouter()
    members = Members(engine, clock)

    @router.get(
        "/customers/{customer_id}/scores",
        summary="One member's facts and scores",
        response_model=CustomerScoresView,
        dependencies=[requires("segmentation.scores.read"), Depends(SeesMember(members, _nobody))],
    )
    def get_customer_scores(customer_id: UUID, caller: CallerDep) -> CustomerScoresView:
        with engine.begin() as connection:
            facts = member_facts(connection, customer_id)
            if facts is None:
                raise _nobody(customer_id)
            return CustomerScoresView(
                customer_id=customer_id,
                facts=facts,
                scores=query.member_score(connection, customer_id),
                cuts=query.cuts(connection, members.visible_to(caller)),
            )

    @router.get(
        "/scores",
        summary="All members' scores",
        description="Those in the caller's scope, by customer id; pass `next_cursor` as `cursor` for the next page.",
        response_model=MemberScoresPage,
        dependencies=[requires("segmentation.scores.read")],
    )
    def get_scores(
        caller: CallerDep,
        cursor: Annotated[UUID | None, Query(description="`next_cursor` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100,
    ) -> MemberScoresPage:
        with engine.begin() as connection:
            return query.member_scores(connection, members.visible_to(caller), after=cursor, limit=limit)

    @router.get(
        "/cells",
        summary="The cell table",
        description="Members and sales of each combination of recency, frequency and money scores that occurs.",
        response_model=CellsView,
        responses=_UNSWEPT,
        dependencies=[requires("segmentation.scores.read")],
    )
    def get_cells(caller: CallerDep) -> CellsView:
        with engine.begin() as connection:
            return _swept(query.cells(connection, members.visible_to(caller)))

    @router.get(
        "/cuts",
        summary="The cuts that scores are given by",
        description="One yardstick for the whole chain; `population` counts the members in the caller's scope.",
        response_model=CutsView,
        responses=_UNSWEPT,
        dependencies=[requires("segmentation.scores.read")],
    )
    def get_cuts(caller: CallerDep) -> CutsView:
        with engine.begin() as connection:
            return _swept(query.cuts(connection, members.visible_to(caller)))

    @router.post(
        "/sweeps",
        summary="Score all members as of a date, and look at their segments",
        description="Makes new cuts and rescores everybody before it answers; then brings everybody's memberships up"
        " to date, by the new scores and today's date. Only what changed is published.",
        response_model=CutsView,
        dependencies=[requires("segmentation.sweeps.write"), Depends(ForTheWholeChain())],
    )
    def post_sweep(call: CallDep, body: SweepRequest | None = None) -> Response:
        today = clock.today(time_zone)
        as_of = (body and body.as_of) or today
        if as_of > today:
            msg = f"as_of {as_of} is after today, {today}; choose today or an earlier date"
            raise InvalidInput(msg, field="as_of", value=as_of)

        def set_cuts(connection: Connection, _lock: bool) -> CutsView | None:
            scoring.set_cuts(connection, as_of, clock.now())
            return query.cuts(connection, EVERYBODY)

        answer = call.answer(engine, set_cuts)
        # Behind the commit of the cuts, in transactions of its own. A repeated call comes here again and
        # finishes what a crash interrupted; where nothing is left it changes nothing.
        scoring.rescore_all(engine)
        pages.sweep(today)
        return answer

    return router


def _nobody(customer_id: UUID) -> NotFound:
    return NotFound(f"no sale of customer {customer_id} was heard of; check the id, or wait until sales arrive")


def _swept(found: T | None) -> T:
    if found is None:
        msg = "nobody was scored yet; POST /sweeps makes the first scores"
        raise NotFound(msg)
    return found
