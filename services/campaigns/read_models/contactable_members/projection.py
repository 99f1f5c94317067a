"""Registrations, consents and complaints to rows: the same rows for any order and any repetition.

Of two words about one consent the later stands, of two in one moment the withdrawal. A closed complaint stays closed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import AwareDatetime

from services.campaigns.read_models.contactable_members.table import (
    MEMBER_COMPLAINTS,
    MEMBER_CONSENTS,
    REGISTERED_MEMBERS,
)
from shared.contracts.base import View
from shared.contracts.customers import (
    Channel,
    ComplaintClosed,
    ComplaintOpened,
    ConsentGiven,
    ConsentPurpose,
    ConsentWithdrawn,
    CustomerRegistered,
)
from shared.database.batch import run
from shared.kernel.text import Code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from shared.messaging.message import Message


class RegisteredView(View):
    """Who became a member."""

    customer_id: UUID
    occurred_at: AwareDatetime
    home_store: Code | None = None


class ConsentView(View):
    """A consent that was given or taken back."""

    customer_id: UUID
    occurred_at: AwareDatetime
    purpose: ConsentPurpose
    channel: Channel | None = None


class ComplaintView(View):
    """A complaint that was opened or closed."""

    customer_id: UUID
    complaint_id: UUID


VIEWS: dict[str, type[View]] = {
    CustomerRegistered.type: RegisteredView,
    ConsentGiven.type: ConsentView,
    ConsentWithdrawn.type: ConsentView,
    ComplaintOpened.type: ComplaintView,
    ComplaintClosed.type: ComplaintView,
}
TABLES = (REGISTERED_MEMBERS, MEMBER_CONSENTS, MEMBER_COMPLAINTS)

_NOT_ERASED = "not exists (select from erased_customers e where e.customer_id = a.customer_id)"


def project(connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[Any]]) -> None:
    """Applies `batch`: at most one statement per table."""
    by_view: defaultdict[type[View], list[Message[Any]]] = defaultdict(list)
    for message in batch:
        by_view[type(message.body)].append(message)
    if by_view[RegisteredView]:
        _register(connection, tables[REGISTERED_MEMBERS.name], by_view[RegisteredView])
    if by_view[ConsentView]:
        _consent(connection, tables[MEMBER_CONSENTS.name], by_view[ConsentView])
    if by_view[ComplaintView]:
        _complain(connection, tables[MEMBER_COMPLAINTS.name], by_view[ComplaintView])


def _register(connection: Connection, table: str, told: Sequence[Message[RegisteredView]]) -> None:
    run(
        connection,
        f"""
        insert into {table} (customer_id, home_store, registered_at)
        select a.* from unnest(%(customers)b::uuid[], %(stores)b::text[], %(times)b::timestamptz[])
          as a(customer_id, home_store, registered_at)
        where {_NOT_ERASED} on conflict do nothing
        """,
        {
            "customers": [message.body.customer_id for message in told],
            "stores": [message.body.home_store for message in told],
            "times": [message.body.occurred_at for message in told],
        },
    )


def _consent(connection: Connection, table: str, told: Sequence[Message[ConsentView]]) -> None:
    run(
        connection,
        f"""
        insert into {table} as c (customer_id, purpose, channel, given, told_at)
        select distinct on (a.customer_id, a.purpose, a.channel) a.*
        from unnest(%(customers)b::uuid[], %(purposes)b::text[], %(channels)b::text[], %(given)b::bool[],
                    %(times)b::timestamptz[]) as a(customer_id, purpose, channel, given, told_at)
        where {_NOT_ERASED}
        order by a.customer_id, a.purpose, a.channel, a.told_at desc, a.given
        on conflict (customer_id, purpose, channel) do update set given = excluded.given, told_at = excluded.told_at
        where c.told_at < excluded.told_at or (c.told_at = excluded.told_at and c.given and not excluded.given)
        """,
        {
            "customers": [message.body.customer_id for message in told],
            "purposes": [message.body.purpose for message in told],
            "channels": [message.body.channel or "" for message in told],
            "given": [message.type == ConsentGiven.type for message in told],
            "times": [message.body.occurred_at for message in told],
        },
    )


def _complain(connection: Connection, table: str, told: Sequence[Message[ComplaintView]]) -> None:
    run(
        connection,
        f"""
        insert into {table} as c (customer_id, complaint_id, open)
        select a.customer_id, a.complaint_id, bool_and(a.open)
        from unnest(%(customers)b::uuid[], %(complaints)b::uuid[], %(open)b::bool[])
          as a(customer_id, complaint_id, open)
        where {_NOT_ERASED} group by a.customer_id, a.complaint_id order by a.customer_id, a.complaint_id
        on conflict (customer_id, complaint_id) do update set open = c.open and excluded.open
        """,
        {
            "customers": [message.body.customer_id for message in told],
            "complaints": [message.body.complaint_id for message in told],
            "open": [message.type == ComplaintOpened.type for message in told],
        },
    )
