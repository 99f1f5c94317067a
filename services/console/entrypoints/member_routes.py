"""HTTP: lists of members, the same as CSV, one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, get_args
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from services.console.domain.contact import may_contact
from services.console.domain.conversation import Facts, Suggestion, suggest
from services.console.entrypoints.asking import FilterDep, require_store
from services.console.entrypoints.exporting import as_csv
from services.console.read_models.members import query
from services.console.read_models.members.filters import Sort, place_of
from services.console.read_models.members.view import (
    ChannelView,
    ComplaintView,
    MemberRow,
    MembersPage,
    MemberView,
    SuggestionView,
)
from shared.access.audit_log import Entry, append
from shared.access.calls import CallerDep
from shared.access.permissions import requires
from shared.access.visibility import SeesMember
from shared.contracts.customers import Channel
from shared.database.engine import reading
from shared.kernel.errors import NotFound
from shared.kernel.text import CONTROL_FREE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from fastapi import APIRouter

    from services.console.entrypoints.wiring import Wiring

PAGE_MAX = 200
CHANNELS: tuple[Channel, ...] = get_args(Channel)
Cursor = Annotated[
    str | None,
    Query(max_length=300, pattern=CONTROL_FREE, description="`next_cursor` of the page before."),
]
SortBy = Annotated[Sort, Query(description="Downwards with a minus. Who has nothing to go by comes last.")]


def add_routes(api: APIRouter, wiring: Wiring) -> None:
    """Adds the routes."""
    engine = wiring.engine

    @api.get(
        "/members",
        summary="Members",
        description="Those in the caller's scope whom the filter leaves, page by page.",
        response_model=MembersPage,
        dependencies=[requires("console.members.read")],
    )
    def list_members(
        caller: CallerDep,
        filter_: FilterDep,
        sort: SortBy = "-last_purchase",
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
    ) -> MembersPage:
        require_store(wiring.members, caller, filter_.store)
        asked = wiring.asked(caller, filter_)
        after = None if cursor is None else place_of(cursor, sort)
        with reading(engine) as connection:
            items, ended = query.list_members(connection, asked, sort, after=after, limit=limit)
            total = query.count_members(connection, asked) if after is None else None
        return MembersPage(items=items, total=total, next_cursor=ended and ended.cursor())

    @api.get(
        "/members/export.csv",
        summary="The same list as CSV",
        description="All of it, streamed. Texts are safe to open in a spreadsheet. The audit log keeps who took it.",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/csv": {}}}},
        dependencies=[requires("console.members.export")],
    )
    def export_members(caller: CallerDep, filter_: FilterDep, sort: SortBy = "-last_purchase") -> StreamingResponse:
        require_store(wiring.members, caller, filter_.store)
        with engine.begin() as connection:
            append(connection, [Entry(caller.name, "members_exported", "members", filter_.named())])
        rows = as_csv(engine, wiring.asked(caller, filter_), sort)
        headers = {"Content-Disposition": 'attachment; filename="members.csv"', "Cache-Control": "no-store"}
        return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=headers)

    @api.get(
        "/members/{customer_id}",
        summary="One member, for the person in front of her",
        response_model=MemberView,
        dependencies=[requires("console.members.read"), Depends(SeesMember(wiring.members, _nobody))],
    )
    def get_member(customer_id: UUID) -> MemberView:
        with reading(engine) as connection:
            member = query.find_member(connection, customer_id)
            if member is None:
                raise _nobody(customer_id)
            complaints = query.open_complaints(connection, wiring.complaint_time, customer_id=customer_id)
            agreed = query.agreed_channels(connection, customer_id)
            segments = query.segments_of(connection, customer_id)
            last_contact = query.last_contact_of(connection, customer_id)
        return MemberView(
            member=member,
            may_contact=[
                ChannelView(channel=channel, allowed=why_not is None, why_not=why_not)
                for channel, why_not in may_contact(CHANNELS, agreed, complaint_open=member.complaint_open)
            ],
            suggestion=_view(suggest(_facts(member, complaints), wiring.today)),
            usable_points=max(0, member.points),
            segments=segments,
            complaints=complaints,
            last_contact=last_contact,
        )


def _facts(member: MemberRow, complaints: Sequence[ComplaintView]) -> Facts:
    oldest: date | None = min((complaint.opened_at.date() for complaint in complaints), default=None)
    return Facts(
        stage=member.lifecycle,
        rfm_class=member.rfm_class,
        last_purchase=member.last_purchase,
        visits=member.visits,
        points=member.points,
        complaint_since=oldest,
    )


def _view(suggestion: Suggestion | None) -> SuggestionView | None:
    if suggestion is None:
        return None
    code, say, why = suggestion
    return SuggestionView(code=code, say={"zh-CN": say.zh, "en": say.en}, why={"zh-CN": why.zh, "en": why.en})


def _nobody(customer_id: UUID) -> NotFound:
    return NotFound(f"there is no member {customer_id}, or she is outside of your stores")
