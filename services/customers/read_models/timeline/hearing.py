"""What other services tell about customers, as facts of their timelines.

Equal rows for any interleaving of topics and any repetition: a fact is added once, under its event's id, and never
changed. A purchase that came to a customer later stands where it happened, not where it came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.customers.read_models.timeline import views
from services.customers.read_models.timeline.facts import Fact, add_facts
from services.customers.read_models.timeline.table import TIMELINE_HEARD
from shared.access.sighting_tables import ERASED_MEMBERS
from shared.database.batch import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from shared.messaging.message import Message


def project(connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[Any]]) -> None:
    """Adds the facts of `batch` with one statement."""
    facts = [_fact(message) for message in batch if message.body.customer_id is not None]
    if not facts:
        return
    # Lets no erasure begin until this commits: one that did not see these rows would leave them for ever.
    run(connection, f"lock table {ERASED_MEMBERS.name} in row share mode")
    add_facts(connection, tables.get(TIMELINE_HEARD.name, TIMELINE_HEARD.name), facts)


def _fact(message: Message[Any]) -> Fact:
    told, kind = message.body, views.KINDS[message.type]
    return Fact(told.customer_id, told.moment(message.cause), message.event_id, kind, *told.said())


def prune(connection: Connection, tables: Mapping[str, str]) -> None:
    """Removes everything of everybody who was ever erased."""
    run(
        connection,
        f"delete from {tables[TIMELINE_HEARD.name]} where customer_id in"
        f" (select customer_id from {ERASED_MEMBERS.name})",
    )
