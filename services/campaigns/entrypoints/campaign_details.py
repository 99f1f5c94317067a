"""A campaign with its past: its row, and what its stream says about who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.campaign.decider import campaign_stream
from services.campaigns.domain.campaign.state import ACTIONS
from services.campaigns.entrypoints.guards import no_campaign
from services.campaigns.read_models.campaigns import query
from services.campaigns.read_models.campaigns.view import CampaignDetail, HistoryEntry

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.eventstore.store import EventStore, Recorded
    from shared.kernel.messages import DomainEvent


def detail(connection: Connection, store: EventStore, campaign_id: UUID) -> CampaignDetail:
    """One campaign. Raises `CampaignNotFound`."""
    found = query.campaign(connection, campaign_id)
    if found is None:
        raise no_campaign(campaign_id)
    stream = campaign_stream(campaign_id)
    history = store.read(connection, [stream])[stream]
    return CampaignDetail(
        **dict(found),
        next_actions=list(ACTIONS[found.status]),
        history=[_entry(record) for record in history],
    )


def _entry(record: Recorded[DomainEvent]) -> HistoryEntry:
    event = record.event
    return HistoryEntry(
        at=record.occurred_at,
        by=record.actor,
        did=event.type,
        version=getattr(event, "version", None),
        note=getattr(event, "reason", None) if event.type == "campaign_returned" else getattr(event, "note", None),
    )
