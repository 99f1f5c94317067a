"""Keeps each campaign's row: read, folded over what is new, written back, for a whole batch at once."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, assert_never, get_args
from uuid import UUID

from services.campaigns.domain.campaign.events import (
    CampaignApproved,
    CampaignBegun,
    CampaignDrafted,
    CampaignEnded,
    CampaignEvent,
    CampaignPaused,
    CampaignResumed,
    CampaignReturned,
    CampaignRevised,
    CampaignScheduled,
    CampaignStarted,
    CampaignSubmitted,
)
from services.campaigns.domain.campaign.state import Status
from services.campaigns.read_models.campaigns.table import CAMPAIGNS
from shared.database.batch import fetch, run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from services.campaigns.domain.offers.definition import CampaignDraft
    from shared.eventstore.store import Recorded


@dataclass(frozen=True, slots=True)
class Row:
    """A campaign's row; its fields are the table's columns."""

    campaign_id: UUID
    stream_version: int
    code: str
    version: int
    status: Status
    definition: str
    segment: str | None
    author: str
    submitted_by: str | None
    approved_by: str | None
    approved_version: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    created_at: datetime
    changed_at: datetime


_NAMES = tuple(field.name for field in fields(Row))
_SELECTED = ", ".join("definition::text" if name == "definition" else name for name in _NAMES)
_WRITTEN = ", ".join(f"excluded.{name}" for name in _NAMES)
_TYPES = {
    "campaign_id": "uuid",
    "definition": "jsonb",
    **dict.fromkeys(("stream_version", "version", "approved_version"), "int"),
    **dict.fromkeys(("starts_at", "ends_at", "started_at", "ended_at", "created_at", "changed_at"), "timestamptz"),
}
_COLUMNS = ", ".join(f"%({name})b::{_TYPES.get(name, 'text')}[]" for name in _NAMES)


def project(connection: Connection, table: str, batch: Sequence[Recorded[CampaignEvent]]) -> None:
    """Brings the rows of the campaigns in `batch` up to its events."""
    rows = {
        row[0]: Row(*row)
        for row in fetch(
            connection,
            f"select {_SELECTED} from {table} where campaign_id = any(%(ids)b::uuid[])",
            {"ids": list({UUID(record.stream.id) for record in batch})},
        )
    }
    for record in batch:
        campaign_id = UUID(record.stream.id)
        row = rows.get(campaign_id)
        if row is None or row.stream_version < record.version:
            rows[campaign_id] = _after(row, campaign_id, record)
    run(
        connection,
        f"""
        insert into {table} as c ({", ".join(_NAMES)}) select * from unnest({_COLUMNS})
        on conflict (campaign_id) do update set ({", ".join(_NAMES)}) = row ({_WRITTEN})
        where c.stream_version < excluded.stream_version
        """,
        {name: [asdict(row)[name] for row in rows.values()] for name in _NAMES},
    )


def _after(row: Row | None, campaign_id: UUID, record: Recorded[CampaignEvent]) -> Row:
    event, at = record.event, record.occurred_at
    if isinstance(event, CampaignDrafted):
        return replace(_new(campaign_id, event.definition, event.by, at), stream_version=record.version)
    if row is None:
        msg = f"{record.stream} begins with {event.type}"
        raise LookupError(msg)
    return replace(_changed(row, event, at), stream_version=record.version, changed_at=at)


def _changed(  # noqa: C901, PLR0911 - one case per event
    row: Row,
    event: CampaignEvent,
    at: datetime,
) -> Row:
    match event:
        case CampaignDrafted():
            return row
        case CampaignRevised():
            return replace(
                _new(row.campaign_id, event.definition, row.author, row.created_at),
                version=event.version,
            )
        case CampaignSubmitted():
            return replace(row, status="submitted", submitted_by=event.by)
        case CampaignReturned():
            return replace(row, status="returned")
        case CampaignApproved():
            return replace(row, status="approved", approved_by=event.by, approved_version=event.version)
        case CampaignScheduled():
            return replace(row, status="scheduled", starts_at=event.starts_at, ends_at=event.ends_at)
        case CampaignBegun():
            began, ends = event.starts_at, event.ends_at
            return replace(row, status="starting", starts_at=began, started_at=began, ends_at=ends)
        case CampaignStarted():
            return replace(row, status="running")
        case CampaignPaused():
            return replace(row, status="paused")
        case CampaignResumed():
            return replace(row, status="running" if event.assigned else "starting")
        case CampaignEnded():
            return replace(row, status="ended", ended_at=at, end_reason=event.reason)
        case _:
            assert_never(event)


def _new(campaign_id: UUID, definition: CampaignDraft, author: str, created_at: datetime) -> Row:
    """A draft that nobody has decided about."""
    return Row(
        campaign_id=campaign_id,
        stream_version=0,
        code=definition.code,
        version=1,
        status="draft",
        definition=definition.model_dump_json(),
        segment=definition.segment,
        author=author,
        submitted_by=None,
        approved_by=None,
        approved_version=None,
        starts_at=None,
        ends_at=None,
        started_at=None,
        ended_at=None,
        end_reason=None,
        created_at=created_at,
        changed_at=created_at,
    )


PROJECTION = Projection(CAMPAIGNS, frozenset(event.type for event in get_args(CampaignEvent)), project)
