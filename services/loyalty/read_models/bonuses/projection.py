"""Remembers each bonus that was settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.domain.account.events import PointsEarned, PointsTakenBack, ReceiptSettled, Settlement
from services.loyalty.read_models.bonuses.table import BONUSES
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[Settlement]]) -> None:
    """Adds each once: one statement, and none for a batch without bonuses, as batches of sales are."""
    bonuses = {record.event.receipt_id: record.event.bonus for record in batch if record.event.bonus is not None}
    if not bonuses:
        return
    run(
        connection,
        f"""
        insert into {table} (bonus_id, receipt_id, campaign_id)
        select * from unnest(%(bonuses)b::uuid[], %(receipts)b::uuid[], %(campaigns)b::uuid[])
        on conflict do nothing
        """,
        {
            "bonuses": list(bonuses),
            "receipts": [bonus.receipt_id for bonus in bonuses.values()],
            "campaigns": [bonus.campaign_id for bonus in bonuses.values()],
        },
    )


PROJECTION = Projection(
    BONUSES,
    frozenset(event.type for event in (PointsEarned, PointsTakenBack, ReceiptSettled)),
    project,
)
