"""Opens and forgets members in the transaction in which it is decided: whoever was looked up can be read at once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from services.customers.domain.customer.events import CustomerErased, CustomerRegistered, MemberOpened
from shared.access.sighting_tables import ERASED_MEMBERS, MEMBER_OPENINGS
from shared.access.sightings import add_openings, forget
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.access.sightings import Opening
    from shared.eventstore.store import Recorded


def project_openings(
    connection: Connection,
    table: str,
    batch: Sequence[Recorded[CustomerRegistered | MemberOpened]],
) -> None:
    """Adds home stores and openings."""
    openings: list[Opening] = []
    for record in batch:
        match record.event:
            case CustomerRegistered(home_store=str(store_id)):
                openings.append((UUID(record.stream.id), store_id, None))
            case MemberOpened(store_id=store_id, until=until):
                openings.append((UUID(record.stream.id), store_id, until))
            case _:
                pass  # Nobody's home store.
    if openings:
        add_openings(connection, {MEMBER_OPENINGS.name: table}, openings)


def project_erasures(connection: Connection, table: str, batch: Sequence[Recorded[CustomerErased]]) -> None:
    """Forgets where the erased were known, also what came from other services."""
    forget(connection, {ERASED_MEMBERS.name: table}, {UUID(record.stream.id) for record in batch})


OPENINGS = Projection(MEMBER_OPENINGS, frozenset({CustomerRegistered.type, MemberOpened.type}), project_openings)
ERASURES = Projection(ERASED_MEMBERS, frozenset({CustomerErased.type}), project_erasures)
