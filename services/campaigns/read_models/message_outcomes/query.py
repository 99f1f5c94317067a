"""Reads what became of a campaign's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.database.batch import fetch

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from services.campaigns.read_models.message_outcomes.projection import MessageStatus


def outcomes(connection: Connection, campaign_id: UUID) -> dict[tuple[MessageStatus, str | None], int]:
    """How many messages stand where, by status and the rule that decided."""
    rows = fetch(
        connection,
        """
        select status, rule, count(*) from message_outcomes
        where campaign_id = %(id)s group by status, rule order by status, rule
        """,
        {"id": campaign_id},
    )
    return {(status, rule): messages for status, rule, messages in rows}
