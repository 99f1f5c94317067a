"""Reads campaigns: one, a page of many, and those that time has something to do with."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

import orjson

from services.campaigns.domain.campaign.standing import Standing
from services.campaigns.domain.offers.definition import CampaignDraft
from services.campaigns.read_models.campaigns.view import CampaignSummary
from shared.database.batch import fetch
from shared.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from services.campaigns.domain.campaign.state import Status

Sort = Literal["newest", "code", "begins"]

_COLUMNS = (
    "campaign_id, code, definition::text, version, stream_version, status, segment, author, submitted_by,"
    " approved_by, approved_version, starts_at, ends_at, started_at, ended_at, end_reason, created_at, changed_at"
)
_NAMES = tuple(name.removesuffix("::text").strip() for name in _COLUMNS.split(","))
_ORDERS: dict[Sort, tuple[str, str]] = {
    "newest": ("c.changed_at", "desc"),
    "code": ("c.code", "asc"),
    "begins": ("coalesce(c.starts_at, 'infinity')", "asc"),
}
_OF_PARTY = "(%(party)s::text is null or definition->'joint'->'shares' ? %(party)s)"


def campaign(connection: Connection, campaign_id: UUID) -> CampaignSummary | None:
    """One campaign, or None."""
    rows = fetch(connection, f"select {_COLUMNS} from campaigns where campaign_id = %(id)s", {"id": campaign_id})
    return _summary(rows[0]) if rows else None


def campaigns(
    connection: Connection,
    *,
    statuses: Sequence[Status],
    segment: str | None,
    party: str | None,
    sort: Sort,
    cursor: str | None,
    limit: int,
) -> tuple[list[CampaignSummary], str | None]:
    """A page of campaigns and the cursor of the next; those of a `party`, for its partner. Raises `InvalidInput`."""
    place, direction = _ORDERS[sort]
    after = _read_cursor(cursor, sort) if cursor else (None, None)
    kind = "text" if sort == "code" else "timestamptz"
    beyond = "<" if direction == "desc" else ">"
    rows = fetch(
        connection,
        f"""
        select {_COLUMNS}, {place}::text from campaigns c
        where (%(statuses)b::text[] = '{{}}' or status = any(%(statuses)b::text[]))
          and (%(segment)s::text is null or segment = %(segment)s) and {_OF_PARTY}
          and (%(place)s::text is null or ({place}, c.campaign_id) {beyond} (%(place)s::{kind}, %(id)s::uuid))
        order by {place} {direction}, c.campaign_id {direction} limit %(limit)s
        """,
        {
            "statuses": list(statuses),
            "segment": segment,
            "party": party,
            "place": after[0],
            "id": after[1],
            "limit": limit,
        },
    )
    page = [_summary(row[:-1]) for row in rows]
    more = len(rows) == limit
    return page, _cursor(sort, rows[-1][-1], page[-1].campaign_id) if more else None


def standing(connection: Connection, campaign_id: UUID) -> Standing | None:
    """See `application.campaigns.FindStanding`."""
    rows = fetch(
        connection,
        "select version, definition::text from campaigns where campaign_id = %(id)s",
        {"id": campaign_id},
    )
    return Standing(rows[0][0], CampaignDraft.model_validate_json(rows[0][1])) if rows else None


def due_campaigns(connection: Connection, now: datetime) -> list[UUID]:
    """See `application.starting.DueCampaigns`."""
    rows = fetch(
        connection,
        """
        select campaign_id from campaigns
        where status = 'starting' or (status = 'scheduled' and starts_at <= %(now)s)
           or (status in ('running', 'paused') and ends_at <= %(now)s)
        order by starts_at, campaign_id
        """,
        {"now": now},
    )
    return [campaign_id for (campaign_id,) in rows]


def used_up_campaigns(connection: Connection) -> list[UUID]:
    """See `application.starting.UsedUpCampaigns`."""
    rows = fetch(
        connection,
        """
        select c.campaign_id from campaigns c join budgets b on b.budget = c.campaign_id::text
        where c.status = 'running' and (b.uses >= b.uses_max or b.money_minor >= b.money_minor_max)
          and not exists (select from redemptions r where r.campaign_id = c.campaign_id and r.status = 'reserved')
        order by c.campaign_id
        """,
    )
    return [campaign_id for (campaign_id,) in rows]


def sees(connection: Connection, campaign_id: UUID, party: str) -> bool:
    """Whether a campaign is a joint promotion of `party`."""
    return bool(
        fetch(
            connection,
            f"select 1 from campaigns where campaign_id = %(id)s and {_OF_PARTY}",
            {"id": campaign_id, "party": party},
        ),
    )


def _summary(row: tuple[object, ...]) -> CampaignSummary:
    values = dict(zip(_NAMES, row, strict=True))
    values["definition"] = orjson.loads(str(values["definition"]))
    return CampaignSummary.model_validate(values)


def _cursor(sort: Sort, place: str, campaign_id: UUID) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([sort, place, str(campaign_id)])).decode()


def _read_cursor(cursor: str, sort: Sort) -> tuple[str, UUID]:
    try:
        of, place, campaign_id = orjson.loads(base64.urlsafe_b64decode(cursor))
        id_ = UUID(campaign_id)
        if sort == "code":
            of = of if place.isprintable() else None
        elif place != "infinity":
            # Written anew: Python reads more kinds of moments than the database.
            place = datetime.fromisoformat(place).isoformat()
    except (ValueError, TypeError, AttributeError, binascii.Error):
        of = None
    if of != sort:
        msg = f"cursor {cursor!r} is not one of this list's in this order; begin without"
        raise InvalidInput(msg, field="cursor")
    return place, id_
