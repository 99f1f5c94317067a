"""HTTP: segments, who is in them, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.segmentation.application.segments import no_segment
from services.segmentation.domain import chinese
from services.segmentation.domain.rules.evaluation import evaluate
from services.segmentation.domain.rules.parsing import parse_rule, to_document
from services.segmentation.domain.rules.reach import reach_of
from services.segmentation.domain.rules.words import describe
from services.segmentation.read_models.memberships import query as membership_query
from services.segmentation.read_models.memberships.view import (
    CustomerSegmentsView,
    SegmentMembersPage,
    WhyNode,
    WhyView,
)
from services.segmentation.read_models.rule_members.query import facts_of, size
from services.segmentation.read_models.segments import query
from services.segmentation.read_models.segments.view import PreviewView, SegmentList, SegmentView
from shared.access.calls import CallDep, CallerDep
from shared.access.permissions import requires
from shared.access.visibility import ForTheWholeChain, Guard, Members, SeesMember
from shared.kernel.errors import NotFound
from shared.kernel.text import CONTROL_FREE

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection, Engine

    from services.segmentation.application.memberships import Memberships
    from services.segmentation.application.segments import DefineSegments
    from services.segmentation.domain.member import Member, Yardsticks
    from services.segmentation.domain.membership import Definition
    from services.segmentation.domain.rules.evaluation import Verdict

PAGE_MAX = 200
OWN_CODE = r"^[a-z0-9-]{1,60}$"
ANY_CODE = r"^([a-z0-9-]{1,60}|(lifecycle|rfm)\.[a-z_]{1,30})$"

_EXAMPLE = {
    "kind": "all",
    "of": [
        {"kind": "lifecycle", "in": ["cooling"]},
        {"kind": "purchases", "measure": "receipts", "window_days": 180, "stores": ["367"], "min": 1},
    ],
}
Rule = Annotated[
    dict[str, Any],
    Field(
        description="A tree of nodes, each with its kind: all, any, not; lifecycle, rfm_class, score, registered,"
        " home_store, last_purchase, purchases, consent. docs/segments.md lists their fields.",
        examples=[_EXAMPLE],
    ),
]
Code = Annotated[str, Path(pattern=ANY_CODE, description="Of the chain's own segment, or of a named one.")]


class SegmentRequest(BaseModel):
    """A segment to define, or to give another rule or name."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(pattern=OWN_CODE)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=CONTROL_FREE, strip_whitespace=True)]
    rule: Rule


class PreviewRequest(BaseModel):
    """A rule to try."""

    model_config = ConfigDict(extra="forbid")

    rule: Rule


class SeesDefinitions(Guard):
    """For routes with a segment's `code` in their path: definitions are the whole chain's, for all who work for it."""

    async def __call__(self, code: Code, caller: CallerDep) -> None:
        if caller.scope.partner is not None:
            raise no_segment(code)


def add_segments(api: APIRouter, engine: Engine, segments: DefineSegments, memberships: Memberships) -> None:
    """The routes about segments."""
    members = Members(engine, memberships.clock)
    _add_definitions(api, engine, segments, memberships, members)
    _add_members(api, engine, memberships, members)


def _add_definitions(
    api: APIRouter, engine: Engine, segments: DefineSegments, memberships: Memberships, members: Members
) -> None:
    @api.post(
        "/segments",
        summary="Define a segment",
        description="Another rule for a code that exists is a new version. Members are found in the background:"
        " `computation` tells how far. Whoever buys meanwhile is judged by the new rule at once.",
        status_code=201,
        response_model=SegmentView,
        dependencies=[requires("segmentation.segments.write"), Depends(ForTheWholeChain())],
    )
    def post_segment(body: SegmentRequest, call: CallDep) -> Response:
        rule = parse_rule(body.rule)
        cause = call.cause(memberships.clock.now())

        def define(connection: Connection, _lock: bool) -> SegmentView:
            segments.define(connection, cause, code=body.code, name=body.name, rule=rule)
            return query.segments(connection, members.visible_to(call.caller), body.code)[0]

        return call.answer(engine, define, status=201)

    @api.post(
        "/segments/preview",
        summary="How many a rule would select",
        description="Of the members whom the caller may see. Keeps nothing.",
        response_model=PreviewView,
        dependencies=[requires("segmentation.segments.read")],
    )
    def post_preview(body: PreviewRequest, call: CallDep) -> Response:
        rule, today = parse_rule(body.rule), memberships.today
        seen = members.visible_to(call.caller, "k.customer_id")

        def preview(connection: Connection, _lock: bool) -> PreviewView:
            found, population = size(connection, rule, memberships.yardsticks, today, seen)
            return PreviewView(size=found, population=population, as_of=today)

        return call.answer(engine, preview)

    @api.get(
        "/segments",
        summary="All segments",
        description="Sizes are those among the members whom the caller may see.",
        response_model=SegmentList,
        dependencies=[requires("segmentation.segments.read")],
    )
    def get_segments(caller: CallerDep) -> SegmentList:
        with engine.begin() as connection:
            return SegmentList(items=query.segments(connection, members.visible_to(caller)))

    @api.get(
        "/segments/{code}",
        summary="One segment",
        response_model=SegmentView,
        dependencies=[requires("segmentation.segments.read"), Depends(SeesDefinitions())],
    )
    def get_segment(code: Code, caller: CallerDep) -> SegmentView:
        with engine.begin() as connection:
            found = query.segments(connection, members.visible_to(caller), code)
            if not found:
                raise no_segment(code)
            return found[0]


def _add_members(api: APIRouter, engine: Engine, memberships: Memberships, members: Members) -> None:
    @api.get(
        "/segments/{code}/members",
        summary="Who is in a segment",
        description="Those in the caller's scope, by customer id; pass `next_cursor` as `cursor` for the next page.",
        response_model=SegmentMembersPage,
        dependencies=[requires("segmentation.segments.read"), Depends(SeesDefinitions())],
    )
    def get_members(
        code: Code,
        caller: CallerDep,
        cursor: Annotated[UUID | None, Query(description="`next_cursor` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100,
    ) -> SegmentMembersPage:
        with engine.begin() as connection:
            _defined(connection, code)
            return membership_query.members_of(connection, code, members.visible_to(caller), after=cursor, limit=limit)

    @api.get(
        "/customers/{customer_id}/segments",
        summary="The segments that a member is in",
        response_model=CustomerSegmentsView,
        dependencies=[requires("segmentation.segments.read"), Depends(SeesMember(members, _nobody))],
    )
    def get_customer_segments(customer_id: UUID) -> CustomerSegmentsView:
        with engine.begin() as connection:
            found = membership_query.segments_of(connection, customer_id)
            if found is None:
                raise _nobody(customer_id)
            return found

    @api.get(
        "/segments/{code}/members/{customer_id}/why",
        summary="Why a member is in a segment, or is not",
        description="Every node of the rule with what was found of her, by the facts as they stand now.",
        response_model=WhyView,
        dependencies=[requires("segmentation.segments.read"), Depends(SeesMember(members, _nobody))],
    )
    def get_why(code: Code, customer_id: UUID) -> WhyView:
        today, yardsticks = memberships.today, memberships.yardsticks
        with engine.begin() as connection:
            definition = _defined(connection, code)
            found = facts_of(connection, [customer_id], reach_of([definition.rule]), yardsticks, today)
            if not found:
                raise _nobody(customer_id)
            kept = membership_query.membership(connection, code, customer_id)
        verdict = evaluate(definition.rule, found[0], yardsticks, today)
        return WhyView(
            customer_id=customer_id,
            segment=code,
            segment_version=definition.version,
            as_of=today,
            inside=kept is not None and kept.inside,
            since=kept and kept.since,
            reason=kept and kept.reason,
            reason_zh=kept and kept.reason_zh,
            why=_why(verdict, found[0], yardsticks, today),
        )


def _defined(connection: Connection, code: str) -> Definition:
    found = query.definition(connection, code)
    if found is None:
        raise no_segment(code)
    return found


def _why(verdict: Verdict, member: Member, yardsticks: Yardsticks, today: date) -> WhyNode:
    asked = to_document(verdict.node)
    return WhyNode(
        kind=verdict.node.kind,
        holds=verdict.holds,
        found=verdict.found,
        asked={name: value for name, value in asked.items() if name not in {"kind", "of"}},
        text=describe(verdict, member, yardsticks, today),
        text_zh=chinese.describe(verdict, member, yardsticks, today),
        of=[_why(child, member, yardsticks, today) for child in verdict.of],
    )


def _nobody(customer_id: UUID) -> NotFound:
    return NotFound(f"no member {customer_id} is known here; check the id, or wait until she registers or buys")
