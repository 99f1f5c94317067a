"""The route of a segment's size over time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query

from services.segmentation.application.segments import no_segment
from services.segmentation.read_models.segment_sizes import query as sizes
from services.segmentation.read_models.segment_sizes.view import SegmentTrend
from services.segmentation.read_models.segments.query import definition
from shared.access.permissions import requires
from shared.access.visibility import ForTheWholeChain
from shared.database.engine import reading
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from services.segmentation.application.memberships import Memberships

DAYS_MAX, DAYS = 731, 90
ANY_CODE = r"^([a-z0-9-]{1,60}|(lifecycle|rfm)\.[a-z_]{1,30})$"


def add_trend(api: APIRouter, engine: Engine, memberships: Memberships) -> None:
    """Adds the route."""

    @api.get(
        "/segments/{code}/trend",
        summary="How many members a segment had, by day",
        description=f"Noted by each day's sweep, of the whole chain; at most {DAYS_MAX} days, by default the last"
        f" {DAYS}.",
        dependencies=[requires("segmentation.segments.read"), Depends(ForTheWholeChain())],
    )
    def get_trend(
        code: Annotated[str, Path(pattern=ANY_CODE)],
        since: Annotated[date | None, Query(alias="from", description="Both days are included.")] = None,
        until: Annotated[date | None, Query(alias="to")] = None,
    ) -> SegmentTrend:
        end, back = until or memberships.today, timedelta(days=DAYS - 1)
        # Before the calendar's first days there is nothing to subtract from, nor was there a chain.
        begin = since or max(end, date.min + back) - back
        if not timedelta() <= end - begin < timedelta(days=DAYS_MAX):
            msg = f"from {begin} to {end} is no span of 1 to {DAYS_MAX} days; send another day in from or to"
            raise InvalidInput(msg, field="from", value=str(begin))
        with reading(engine) as connection:
            if definition(connection, code) is None:
                raise no_segment(code)
            return SegmentTrend(segment=code, items=sizes.between(connection, code, begin, end))
