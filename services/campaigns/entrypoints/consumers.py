"""What `campaigns` listens to, to know whom it may contact and what came of it. Everything here is a read model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.campaigns.read_models.contactable_members import projection as members
from services.campaigns.read_models.member_sales import projection as sales
from services.campaigns.read_models.message_outcomes import projection as messages
from services.campaigns.read_models.segment_members import projection as segments
from services.campaigns.read_models.store_registry import projection as stores
from shared.contracts.base import View
from shared.contracts.customers import CUSTOMERS_TOPIC, ConsentGiven, ConsentWithdrawn, CustomerErased
from shared.contracts.notifications import NOTIFICATIONS_TOPIC
from shared.contracts.segmentation import MEMBERSHIPS_TOPIC
from shared.contracts.stores import REGISTRY_TOPIC, SALES_TOPIC
from shared.database.batch import run
from shared.messaging.consumer import DONE, Consumer, Outcome
from shared.messaging.parking import purge
from shared.projections.erased import hold_erasures, remember_erased
from shared.projections.topics import TopicReadModel, prune_nothing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection, Table

    from shared.messaging.message import Message
    from shared.projections.topics import ProjectMessages

_OF_MEMBERS = (*segments.TABLES, *members.TABLES, *sales.TABLES, *messages.TABLES)
"""Tables of topics whose rows are about one member."""


class ErasedView(View):
    """Who is to be forgotten."""

    customer_id: UUID


def topic_read_models(own_tables: Sequence[str]) -> tuple[TopicReadModel, ...]:
    """What is kept of others' facts, each with the consumer that keeps it.

    An erasure also empties `own_tables`, read models of our own events that have a `customer_id`; their projections
    add nothing of `erased_customers`, and whoever appends such events holds erasures.
    """
    of_members = (*(table.name for table in _OF_MEMBERS), *own_tables)
    return (
        _of_members("segments", MEMBERSHIPS_TOPIC, segments.VIEWS, segments.TABLES, segments.project),
        _members(of_members),
        _of_members("sales", SALES_TOPIC, sales.VIEWS, sales.TABLES, sales.project),
        _of_members("messages", NOTIFICATIONS_TOPIC, messages.VIEWS, messages.TABLES, messages.project),
        _stores(),
    )


def _of_members(
    name: str,
    topic: str,
    views: Mapping[str, type[View]],
    tables: Sequence[Table],
    project: ProjectMessages,
) -> TopicReadModel:
    """A read model whose rows say for themselves which version they are, and of whom they are."""
    live = {table.name: table.name for table in tables}

    def handle(connection: Connection, batch: Sequence[Message[Any]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - no streams here
        hold_erasures(connection)
        project(connection, live, batch)
        return [DONE] * len(batch)

    consumer = Consumer(
        f"campaigns.{name}",
        topics=(topic,),
        views=views,
        handle=handle,
        order="key",
        repeatable=True,
    )
    return TopicReadModel(name, tables, consumer, project, prune=_prune)


def _members(of_members: Sequence[str]) -> TopicReadModel:
    live = {table.name: table.name for table in members.TABLES}

    def handle(connection: Connection, batch: Sequence[Message[Any]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - no streams here
        erased = {message.body.customer_id for message in batch if isinstance(message.body, ErasedView)}
        if erased:
            _forget(connection, of_members, erased)
        else:
            hold_erasures(connection)
        project(connection, live, batch)
        return [DONE] * len(batch)

    def project(connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[Any]]) -> None:
        # Who was erased is remembered outside this read model, and removed from a rebuilt one by `_prune`.
        told = [message for message in batch if not isinstance(message.body, ErasedView)]
        if told:
            members.project(connection, tables, told)

    consumer = Consumer(
        "campaigns.members",
        topics=(CUSTOMERS_TOPIC,),
        views={**members.VIEWS, CustomerErased.type: ErasedView},
        handle=handle,
        order="key",
        awaited=True,
        urgent=frozenset({CustomerErased.type, ConsentGiven.type, ConsentWithdrawn.type}),
        erased_by=CustomerErased.type,
        repeatable=True,
    )
    return TopicReadModel("members", members.TABLES, consumer, project, prune=_prune)


def _stores() -> TopicReadModel:
    live = {table.name: table.name for table in stores.TABLES}

    def handle(connection: Connection, batch: Sequence[Message[Any]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - no streams here
        stores.project(connection, live, batch)
        return [DONE] * len(batch)

    consumer = Consumer(
        "campaigns.stores", topics=(REGISTRY_TOPIC,), views=stores.VIEWS, handle=handle, order="key", repeatable=True
    )
    return TopicReadModel("store_registry", stores.TABLES, consumer, stores.project, prune=prune_nothing)


def _forget(connection: Connection, tables: Sequence[str], customers: Collection[UUID]) -> None:
    """Removes every trace of `customers`, for good."""
    remember_erased(connection, customers)
    for table in tables:
        run(
            connection,
            f"delete from {table} where customer_id = any(%(customers)b::uuid[])",
            {"customers": sorted(customers)},
        )
    for customer_id in customers:
        purge(connection, str(customer_id).encode())


def _prune(connection: Connection, tables: Mapping[str, str]) -> None:
    for table in tables.values():
        run(connection, f"delete from {table} where customer_id in (select customer_id from erased_customers)")
