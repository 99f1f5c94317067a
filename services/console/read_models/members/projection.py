"""Facts to members' rows, a statement per kind of fact and table, equal rows for any interleaving of topics.

A kind of fact is ordered by its key and carries a version or a moment, which guards its columns: what is told again, or
late, changes nothing. Who is erased leaves no trace.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from services.console.read_models.members import details
from services.console.read_models.members.heard import (
    ComplaintClosedView,
    ComplaintOpenedView,
    ConsentView,
    NoScoresView,
    PointsView,
    RegistrationView,
    ScoresView,
    SegmentView,
    SentView,
)
from services.console.read_models.members.table import MEMBERS, TABLES
from shared.database.batch import run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.contracts.base import View
    from shared.messaging.message import Message

LIVE = {table.name: table.name for table in TABLES}


class MembersProjection:
    """The projection of a chain that lives by `time_zone`: in it a registration or a move has its day."""

    def __init__(self, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)

    def __call__(self, connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[Any]]) -> None:
        """Applies `batch` to the tables named by `tables`."""
        by_view: defaultdict[type[View], list[Message[Any]]] = defaultdict(list)
        for message in batch:
            by_view[type(message.body)].append(message)
        members = tables[MEMBERS.name]
        if by_view[RegistrationView]:
            self._register(connection, members, by_view[RegistrationView])
        if by_view[ScoresView] or by_view[NoScoresView]:
            scored = [m for m in batch if isinstance(m.body, ScoresView | NoScoresView)]
            _score(connection, members, scored)
        if by_view[PointsView]:
            _book(connection, members, by_view[PointsView])
        if by_view[SentView]:
            _contact(connection, members, by_view[SentView])
        if by_view[ConsentView]:
            details.consent(connection, tables, by_view[ConsentView])
        if by_view[SegmentView]:
            details.segment(connection, tables, by_view[SegmentView], self._zone)
        if by_view[ComplaintOpenedView] or by_view[ComplaintClosedView]:
            details.complain(connection, tables, by_view[ComplaintOpenedView], by_view[ComplaintClosedView])

    def _register(self, connection: Connection, table: str, messages: Sequence[Message[RegistrationView]]) -> None:
        # Somebody registers once; should it be told twice, the earlier moment holds.
        first = _by_member(sorted(messages, key=lambda m: m.body.occurred_at, reverse=True))
        _upsert(
            connection,
            table,
            {
                "registered_at": ("timestamptz", [body.occurred_at for body in first.values()]),
                "registered_on": ("date", [b.occurred_at.astimezone(self._zone).date() for b in first.values()]),
                "home_store": ("text", [body.home_store for body in first.values()]),
            },
            first,
            newer="p.registered_at is null or p.registered_at > excluded.registered_at",
        )


def remove_members(connection: Connection, tables: Mapping[str, str], customers: Collection[UUID]) -> None:
    """Removes everything of `customers`."""
    for table in TABLES:
        run(
            connection,
            f"delete from {tables[table.name]} where customer_id in (select unnest(%(customers)b::uuid[]))",
            {"customers": list(customers)},
        )


def prune(connection: Connection, tables: Mapping[str, str]) -> None:
    """Removes everything of everybody who was ever erased."""
    for table in TABLES:
        run(
            connection,
            f"delete from {tables[table.name]} where customer_id in (select customer_id from erased_customers)",
        )


def _score(connection: Connection, table: str, messages: Sequence[Message[Any]]) -> None:
    # The newest record of a key is the truth; those of a key come in order.
    newest = {
        customer_id: (body.recency, body.frequency, body.money) if isinstance(body, ScoresView) else (None, None, None)
        for customer_id, body in _by_member(messages).items()
    }
    r, f, m = zip(*newest.values(), strict=True)
    columns = {"r": ("smallint", list(r)), "f": ("smallint", list(f)), "m": ("smallint", list(m))}
    _upsert(connection, table, columns, newest, newer="true")


def _book(connection: Connection, table: str, messages: Sequence[Message[PointsView]]) -> None:
    newest = _by_member(sorted(messages, key=lambda m: m.body.account_version))
    _upsert(
        connection,
        table,
        {
            "points": ("bigint", [body.available for body in newest.values()]),
            "points_version": ("int", [body.account_version for body in newest.values()]),
        },
        newest,
        newer="p.points_version < excluded.points_version",
    )


def _contact(connection: Connection, table: str, messages: Sequence[Message[SentView]]) -> None:
    newest = _by_member(sorted(messages, key=lambda m: (m.body.occurred_at, m.body.channel, m.body.template)))
    _upsert(
        connection,
        table,
        {
            "contacted_at": ("timestamptz", [body.occurred_at for body in newest.values()]),
            "contact_channel": ("text", [body.channel for body in newest.values()]),
            "contact_template": ("text", [body.template for body in newest.values()]),
            "contact_campaign": ("uuid", [body.campaign_id for body in newest.values()]),
        },
        newest,
        newer="p.contacted_at is null or (p.contacted_at, p.contact_channel, p.contact_template)"
        " < (excluded.contacted_at, excluded.contact_channel, excluded.contact_template)",
    )


def _by_member(messages: Sequence[Message[Any]]) -> dict[UUID, Any]:
    """The last body of each member."""
    return {message.body.customer_id: message.body for message in messages}


def _upsert(
    connection: Connection,
    table: str,
    columns: Mapping[str, tuple[str, list[Any]]],
    members: Collection[UUID],
    *,
    newer: str,
) -> None:
    """Writes `columns` (name -> type, a value for each of `members`) where they are `newer` than what row `p` has."""
    names = ", ".join(columns)
    arrays = ", ".join(f"%({name})b::{type_}[]" for name, (type_, _) in columns.items())
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns)
    run(
        connection,
        f"""
        insert into {table} as p (customer_id, {names})
        select a.* from unnest(%(customers)b::uuid[], {arrays}) as a(customer_id, {names})
        where not exists (select from erased_customers e where e.customer_id = a.customer_id)
        order by a.customer_id
        on conflict (customer_id) do update set {changes} where {newer}
        """,
        {"customers": list(members)} | {name: values for name, (_, values) in columns.items()},
    )
