"""Registrations and consents to profiles, a statement per table, equal rows for any order and any repetition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import AwareDatetime

from services.segmentation.read_models.member_profiles.table import MEMBER_CONSENTS, MEMBER_PROFILES
from shared.contracts.base import View
from shared.contracts.customers import (
    Channel,
    ConsentGiven,
    ConsentPurpose,
    ConsentWithdrawn,
    CustomerErased,
    CustomerRegistered,
)
from shared.database.batch import run
from shared.kernel.text import Code

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from shared.messaging.message import Message

TABLES = (MEMBER_PROFILES, MEMBER_CONSENTS)


class RegistrationView(View):
    """What is read of a registration."""

    customer_id: UUID
    occurred_at: AwareDatetime
    home_store: Code | None = None


class ConsentView(View):
    """What is read of a consent that was given or taken back."""

    customer_id: UUID
    occurred_at: AwareDatetime
    purpose: ConsentPurpose
    channel: Channel | None = None


class ErasedView(View):
    """Who is to be forgotten."""

    customer_id: UUID


VIEWS: dict[str, type[View]] = {
    CustomerRegistered.type: RegistrationView,
    ConsentGiven.type: ConsentView,
    ConsentWithdrawn.type: ConsentView,
    CustomerErased.type: ErasedView,
}


def project(connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[Any]]) -> None:
    """Applies registrations and consents to the tables named by `tables`; the erased leave no trace.

    Erasures are known from `erased_customers`, which is kept outside of rebuilds: the live consumer adds to it and
    calls `remove_members`, a rebuild ends with `prune`.
    """
    _register(connection, tables[MEMBER_PROFILES.name], [m for m in batch if isinstance(m.body, RegistrationView)])
    _consent(connection, tables[MEMBER_CONSENTS.name], [m for m in batch if isinstance(m.body, ConsentView)])


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


def _register(connection: Connection, table: str, messages: Sequence[Message[RegistrationView]]) -> None:
    # Somebody registers once; should it be told twice, the earlier moment holds.
    first = {m.body.customer_id: m.body for m in sorted(messages, key=lambda m: m.body.occurred_at, reverse=True)}
    if first:
        run(
            connection,
            f"""
            insert into {table} as p (customer_id, registered_at, home_store)
            select a.* from unnest(%(customers)b::uuid[], %(times)b::timestamptz[], %(stores)b::text[])
              as a(customer_id, registered_at, home_store)
            where not exists (select from erased_customers e where e.customer_id = a.customer_id)
            order by a.customer_id
            on conflict (customer_id) do update
              set registered_at = excluded.registered_at, home_store = excluded.home_store
              where p.registered_at > excluded.registered_at
            """,
            {
                "customers": list(first),
                "times": [body.occurred_at for body in first.values()],
                "stores": [body.home_store for body in first.values()],
            },
        )


def _consent(connection: Connection, table: str, messages: Sequence[Message[ConsentView]]) -> None:
    told = [(m.body, m.type == ConsentGiven.type) for m in messages]
    # Of two at the same moment the withdrawal holds, whichever is heard last.
    told.sort(key=lambda item: (item[0].occurred_at, not item[1]))
    newest = {(body.customer_id, body.purpose, body.channel or ""): (given, body.occurred_at) for body, given in told}
    if newest:
        run(
            connection,
            f"""
            insert into {table} as c (customer_id, purpose, channel, given, told_at)
            select a.* from unnest(%(customers)b::uuid[], %(purposes)b::text[], %(channels)b::text[],
                                   %(given)b::bool[], %(times)b::timestamptz[])
              as a(customer_id, purpose, channel, given, told_at)
            where not exists (select from erased_customers e where e.customer_id = a.customer_id)
            order by a.customer_id, a.purpose, a.channel
            on conflict (customer_id, purpose, channel) do update
              set given = excluded.given, told_at = excluded.told_at
              where (c.told_at, not c.given) < (excluded.told_at, not excluded.given)
            """,
            {
                "customers": [customer_id for customer_id, _, _ in newest],
                "purposes": [purpose for _, purpose, _ in newest],
                "channels": [channel for _, _, channel in newest],
                "given": [given for given, _ in newest.values()],
                "times": [told_at for _, told_at in newest.values()],
            },
        )
