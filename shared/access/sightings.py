"""Where each member is known: the tables behind `shared.access.visibility`, and the consumer that keeps them.

One topic read model, the same in every service that answers about members. Rows are only ever added until their
member is erased, so the order in which records come does not matter, and a rebuild makes equal ones. A sighting stays
when its receipt is later returned or moved: the store has served her.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import AwareDatetime

from shared.access.sighting_tables import ERASED_MEMBERS, MEMBER_OPENINGS, MEMBER_STORES, STORE_REGIONS
from shared.contracts.base import View
from shared.contracts.customers import CUSTOMERS_TOPIC, CustomerErased, CustomerRegistered, MemberOpened
from shared.contracts.stores import REGISTRY_TOPIC, SALES_TOPIC, SaleAttributed, SaleRecorded, StoreRegistered
from shared.database.batch import run
from shared.kernel.text import Code
from shared.messaging.consumer import DONE, Consumer, Outcome
from shared.projections.topics import TopicReadModel

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection, Table

    from shared.messaging.message import Message

Opening = tuple[UUID, str, datetime | None]
"""Customer, store, and until when; None is for ever."""


class SightingView(View):
    """Who bought where."""

    customer_id: UUID | None
    store_id: Code


class StoreView(View):
    """Where a store is."""

    store_id: Code
    region: Code | None = None


class HomeView(View):
    """Where somebody registered."""

    customer_id: UUID
    home_store: Code | None = None


class OpeningView(View):
    """A store that may see somebody for a while."""

    customer_id: UUID
    store_id: Code
    until: AwareDatetime


class ErasedView(View):
    """Who is to be forgotten."""

    customer_id: UUID


_OF_STORES: dict[str, type[View]] = {
    SaleRecorded.type: SightingView,
    SaleAttributed.type: SightingView,
    StoreRegistered.type: StoreView,
}
_OF_CUSTOMERS: dict[str, type[View]] = {
    CustomerRegistered.type: HomeView,
    MemberOpened.type: OpeningView,
    CustomerErased.type: ErasedView,
}


def sightings_model(service: str, *, owns_members: bool = False) -> TopicReadModel:
    """The read model of `service`, with the consumer `<service>.visibility`.

    The service that `owns_members` fills openings and erasures from its own events, in the transaction that makes
    them: there only sales and stores come from topics.
    """
    views = _OF_STORES if owns_members else _OF_STORES | _OF_CUSTOMERS
    consumer = Consumer(
        name=f"{service}.visibility",
        topics=(SALES_TOPIC, REGISTRY_TOPIC) if owns_members else (SALES_TOPIC, REGISTRY_TOPIC, CUSTOMERS_TOPIC),
        views=views,
        handle=_handle,
        order="none",
        repeatable=True,
        erased_by=None if owns_members else CustomerErased.type,
    )
    tables = (MEMBER_STORES, STORE_REGIONS)
    if not owns_members:
        return TopicReadModel("visibility", (*tables, MEMBER_OPENINGS, ERASED_MEMBERS), consumer, project)
    return TopicReadModel("visibility", tables, consumer, project, prune=_prune)


def project(connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[Any]]) -> None:
    """Applies `batch`: at most one statement per table and kind of fact."""
    by_view: defaultdict[type[View], list[Message[Any]]] = defaultdict(list)
    for message in batch:
        by_view[type(message.body)].append(message)
    if by_view[ErasedView]:
        forget(connection, tables, {message.body.customer_id for message in by_view[ErasedView]})
    seen = {(message.body.customer_id, message.body.store_id) for message in by_view[SightingView]}
    pairs = [(customer_id, store_id) for customer_id, store_id in seen if customer_id is not None]
    if pairs:
        _add_sightings(connection, tables, pairs)
    homes = [message.body for message in by_view[HomeView] if message.body.home_store is not None]
    openings: list[Opening] = [(home.customer_id, home.home_store, None) for home in homes]
    openings += [(m.body.customer_id, m.body.store_id, m.body.until) for m in by_view[OpeningView]]
    if openings:
        add_openings(connection, tables, openings)
    if by_view[StoreView]:
        _place_stores(connection, tables, by_view[StoreView])


def add_openings(connection: Connection, tables: Mapping[str, str], openings: Sequence[Opening]) -> None:
    """Opens members to stores; of two openings to the same store the longer one holds."""
    run(
        connection,
        f"""
        insert into {_now(tables, MEMBER_OPENINGS)} as o (customer_id, store_id, until)
        select a.customer_id, a.store_id, case when bool_and(a.until is not null) then max(a.until) end
        from unnest(%(customers)b::uuid[], %(stores)b::text[], %(untils)b::timestamptz[])
          as a(customer_id, store_id, until)
        where not exists (select from {_now(tables, ERASED_MEMBERS)} e where e.customer_id = a.customer_id)
        group by a.customer_id, a.store_id order by a.customer_id, a.store_id
        on conflict (customer_id, store_id) do update set until = excluded.until
        where o.until < excluded.until or o.until is not null and excluded.until is null
        """,
        {
            "customers": [customer_id for customer_id, _, _ in openings],
            "stores": [store_id for _, store_id, _ in openings],
            "untils": [until for _, _, until in openings],
        },
    )


def forget(connection: Connection, tables: Mapping[str, str], customers: Collection[UUID]) -> None:
    """Removes every trace of `customers`, for good."""
    erased, these = _now(tables, ERASED_MEMBERS), {"customers": sorted(customers)}
    # Whoever adds sightings waits until this commits, and then knows of the erasure.
    run(connection, f"lock table {erased} in exclusive mode")
    run(connection, f"insert into {erased} select unnest(%(customers)b::uuid[]) on conflict do nothing", these)
    for table in (MEMBER_STORES, MEMBER_OPENINGS):
        run(connection, f"delete from {_now(tables, table)} where customer_id = any(%(customers)b::uuid[])", these)


def _add_sightings(connection: Connection, tables: Mapping[str, str], pairs: Sequence[tuple[UUID, str]]) -> None:
    erased = _now(tables, ERASED_MEMBERS)
    # Lets no erasure begin until this commits: one that did not see these rows would leave them for ever.
    run(connection, f"lock table {erased} in row share mode")
    run(
        connection,
        f"""
        insert into {_now(tables, MEMBER_STORES)} (customer_id, store_id)
        select a.* from unnest(%(customers)b::uuid[], %(stores)b::text[]) as a(customer_id, store_id)
        where not exists (select from {erased} e where e.customer_id = a.customer_id)
        on conflict do nothing
        """,
        {"customers": [customer_id for customer_id, _ in pairs], "stores": [store_id for _, store_id in pairs]},
    )


def _place_stores(connection: Connection, tables: Mapping[str, str], told: Sequence[Message[StoreView]]) -> None:
    # By the time of the change: a record that was parked may come after a newer one.
    newest = {message.body.store_id: message for message in sorted(told, key=lambda message: message.cause.occurred_at)}
    run(
        connection,
        f"""
        insert into {_now(tables, STORE_REGIONS)} as r (store_id, region, told_at)
        select * from unnest(%(stores)b::text[], %(regions)b::text[], %(times)b::timestamptz[])
        on conflict (store_id) do update set region = excluded.region, told_at = excluded.told_at
        where r.told_at <= excluded.told_at
        """,
        {
            "stores": list(newest),
            "regions": [message.body.region for message in newest.values()],
            "times": [message.cause.occurred_at for message in newest.values()],
        },
    )


def _handle(connection: Connection, batch: Sequence[Message[Any]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - no streams here
    project(connection, {}, batch)
    return [DONE] * len(batch)


def _prune(connection: Connection, tables: Mapping[str, str]) -> None:
    run(
        connection,
        f"delete from {_now(tables, MEMBER_STORES)} where customer_id in"
        f" (select customer_id from {_now(tables, ERASED_MEMBERS)})",
    )


def _now(tables: Mapping[str, str], table: Table) -> str:
    """The name to use: a rebuild gives some tables another one."""
    return tables.get(table.name, table.name)
