"""Others' facts to rows: a few statements per batch, equal rows for any interleaving of topics and any repetition."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from services.notifications.read_models.contact_facts import table
from services.notifications.read_models.contact_facts.views import (
    STANDINGS,
    ArmView,
    CampaignView,
    ComplaintView,
    ConsentView,
    ErasedView,
    MemberView,
    StoreView,
)
from shared.contracts.customers import ComplaintClosed, ConsentGiven
from shared.database.batch import run
from shared.messaging.consumer import DONE, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection, Table

    from shared.messaging.message import Message

_OF_MEMBERS = (table.CONTACTS, table.CONTACT_CONSENTS, table.CONTACT_COMPLAINTS, table.HELD_OUT)


def handle(connection: Connection, batch: Sequence[Message[Any]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - no streams here
    """The live consumer."""
    project(connection, {}, batch)
    return [DONE] * len(batch)


def project(connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[Any]]) -> None:
    """Applies `batch`: at most one statement per table and kind of fact."""
    erased = _now(tables, table.ERASED_CONTACTS)
    # Lets no erasure begin until this commits: one that did not see these rows would leave them for ever.
    run(connection, f"lock table {erased} in row share mode")
    by_view: defaultdict[type, list[Message[Any]]] = defaultdict(list)
    for message in batch:
        by_view[type(message.body)].append(message)
    appliers: dict[type, Callable[[Connection, Mapping[str, str], Sequence[Message[Any]]], None]] = {
        MemberView: _add_members,
        ConsentView: _add_consents,
        ComplaintView: _add_complaints,
        ArmView: _add_arms,
        CampaignView: _note_campaigns,
        StoreView: _place_stores,
    }
    for view, apply in appliers.items():
        if by_view[view]:
            apply(connection, tables, by_view[view])
    if by_view[ErasedView]:
        forget(connection, tables, {message.body.customer_id for message in by_view[ErasedView]})


def forget(connection: Connection, tables: Mapping[str, str], customers: Collection[UUID]) -> None:
    """Removes every trace of `customers`, for good."""
    erased, these = _now(tables, table.ERASED_CONTACTS), {"customers": sorted(customers)}
    # Whoever adds rows waits until this commits, and then knows of the erasure.
    run(connection, f"lock table {erased} in exclusive mode")
    run(connection, f"insert into {erased} select unnest(%(customers)b::uuid[]) on conflict do nothing", these)
    for name in (*(_now(tables, of_members) for of_members in _OF_MEMBERS), "last_purchases"):
        run(connection, f"delete from {name} where customer_id = any(%(customers)b::uuid[])", these)


def _add_members(connection: Connection, tables: Mapping[str, str], told: Sequence[Message[MemberView]]) -> None:
    run(
        connection,
        f"""
        insert into {_now(tables, table.CONTACTS)} (customer_id, home_store)
        select a.* from unnest(%(customers)b::uuid[], %(stores)b::text[]) as a(customer_id, home_store)
        where {_not_erased(tables)} on conflict do nothing
        """,
        {
            "customers": [message.body.customer_id for message in told],
            "stores": [message.body.home_store for message in told],
        },
    )


def _add_consents(connection: Connection, tables: Mapping[str, str], told: Sequence[Message[ConsentView]]) -> None:
    # Two changes in one moment happen where the business clock stands: the one that was told last is the truth.
    changes: dict[tuple[UUID, str, str, datetime], bool] = {}
    for message in told:
        consent = message.body
        key = (consent.customer_id, consent.purpose, consent.channel or "", consent.occurred_at)
        changes[key] = message.type == ConsentGiven.type
    run(
        connection,
        f"""
        insert into {_now(tables, table.CONTACT_CONSENTS)} (customer_id, purpose, channel, at, given)
        select a.* from unnest(%(customers)b::uuid[], %(purposes)b::text[], %(channels)b::text[],
                               %(times)b::timestamptz[], %(given)b::bool[])
          as a(customer_id, purpose, channel, at, given)
        where {_not_erased(tables)}
        on conflict (customer_id, purpose, channel, at) do update set given = excluded.given
        """,
        {
            "customers": [customer_id for customer_id, _, _, _ in changes],
            "purposes": [purpose for _, purpose, _, _ in changes],
            "channels": [channel for _, _, channel, _ in changes],
            "times": [at for _, _, _, at in changes],
            "given": list(changes.values()),
        },
    )


def _add_complaints(connection: Connection, tables: Mapping[str, str], told: Sequence[Message[ComplaintView]]) -> None:
    closed: dict[tuple[UUID, UUID], bool] = {}
    for message in told:
        key = (message.body.customer_id, message.body.complaint_id)
        closed[key] = closed.get(key, False) or message.type == ComplaintClosed.type
    name = _now(tables, table.CONTACT_COMPLAINTS)
    run(
        connection,
        f"""
        insert into {name} as c (customer_id, complaint_id, closed)
        select a.* from unnest(%(customers)b::uuid[], %(complaints)b::uuid[], %(closed)b::bool[])
          as a(customer_id, complaint_id, closed)
        where {_not_erased(tables)}
        on conflict (customer_id, complaint_id) do update set closed = true where excluded.closed and not c.closed
        """,
        {
            "customers": [customer_id for customer_id, _ in closed],
            "complaints": [complaint_id for _, complaint_id in closed],
            "closed": list(closed.values()),
        },
    )


def _add_arms(connection: Connection, tables: Mapping[str, str], told: Sequence[Message[ArmView]]) -> None:
    held_out = [message.body for message in told if message.body.arm == "held_out"]
    if not held_out:
        return
    run(
        connection,
        f"""
        insert into {_now(tables, table.HELD_OUT)} (customer_id, experiment)
        select a.* from unnest(%(customers)b::uuid[], %(experiments)b::text[]) as a(customer_id, experiment)
        where {_not_erased(tables)} on conflict do nothing
        """,
        {
            "customers": [arm.customer_id for arm in held_out],
            "experiments": [arm.experiment for arm in held_out],
        },
    )


def _note_campaigns(connection: Connection, tables: Mapping[str, str], told: Sequence[Message[CampaignView]]) -> None:
    newest: dict[UUID, tuple[str, datetime]] = {}
    for message in sorted(told, key=lambda message: message.body.occurred_at):
        if newest.get(message.body.campaign_id, ("",))[0] != "over":
            newest[message.body.campaign_id] = (STANDINGS[message.type], message.body.occurred_at)
    run(
        connection,
        f"""
        insert into {_now(tables, table.CAMPAIGNS_HEARD)} as c (campaign_id, standing, told_at)
        select * from unnest(%(campaigns)b::uuid[], %(standings)b::text[], %(times)b::timestamptz[])
        on conflict (campaign_id) do update set standing = excluded.standing, told_at = excluded.told_at
        where c.standing <> 'over' and (excluded.standing = 'over' or c.told_at <= excluded.told_at)
        """,
        {
            "campaigns": list(newest),
            "standings": [standing for standing, _ in newest.values()],
            "times": [told_at for _, told_at in newest.values()],
        },
    )


def _place_stores(connection: Connection, tables: Mapping[str, str], told: Sequence[Message[StoreView]]) -> None:
    # By the time of the change: a record that was parked may come after a newer one.
    newest = {message.body.store_id: message for message in sorted(told, key=lambda message: message.cause.occurred_at)}
    run(
        connection,
        f"""
        insert into {_now(tables, table.CONTACT_STORES)} as s (store_id, time_zone, region, told_at)
        select * from unnest(%(stores)b::text[], %(zones)b::text[], %(regions)b::text[], %(times)b::timestamptz[])
        on conflict (store_id) do update
          set time_zone = excluded.time_zone, region = excluded.region, told_at = excluded.told_at
          where s.told_at <= excluded.told_at
        """,
        {
            "stores": list(newest),
            "zones": [message.body.time_zone for message in newest.values()],
            "regions": [message.body.region for message in newest.values()],
            "times": [message.cause.occurred_at for message in newest.values()],
        },
    )


def _not_erased(tables: Mapping[str, str]) -> str:
    erased = _now(tables, table.ERASED_CONTACTS)
    return f"not exists (select from {erased} e where e.customer_id = a.customer_id)"


def _now(tables: Mapping[str, str], named: Table) -> str:
    """The name to use: a rebuild gives some tables another one."""
    return tables.get(named.name, named.name)
