"""Reads complaints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from services.customers.read_models.complaints.table import COMPLAINTS
from services.customers.read_models.complaints.view import ComplaintEntry

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

_C = COMPLAINTS.c


def complaints_of(connection: Connection, customer_id: UUID) -> list[ComplaintEntry]:
    """Those of one customer, the newest first; how many there can be is bounded by the decider."""
    rows = connection.execute(
        select(COMPLAINTS).where(_C.customer_id == customer_id).order_by(_C.opened_at.desc(), _C.complaint_id),
    ).mappings()
    return [ComplaintEntry.model_validate(row) for row in rows]
