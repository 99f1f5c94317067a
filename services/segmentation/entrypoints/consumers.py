"""What segmentation hears: sales, who members are, and who was erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.segmentation.domain.rules.reach import Side
from services.segmentation.read_models.member_facts import projection as facts
from services.segmentation.read_models.member_facts.table import MEMBER_FACTS, PURCHASES
from services.segmentation.read_models.member_profiles import projection as profiles
from shared.contracts.customers import CUSTOMERS_TOPIC, ConsentGiven, ConsentWithdrawn, CustomerErased
from shared.contracts.stores import SALES_TOPIC
from shared.messaging.consumer import DONE, Consumer, Outcome
from shared.messaging.parking import purge
from shared.projections.erased import hold_erasures, remember_erased
from shared.projections.topics import TopicReadModel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from services.segmentation.application.memberships import Memberships
    from services.segmentation.application.scoring import Scoring
    from services.segmentation.read_models.member_facts.heard import SaleView
    from shared.kernel.messages import Cause
    from shared.messaging.message import Message

SALES = "segmentation.sales"
CUSTOMERS = "segmentation.customers"

_LIVE = {table.name: table.name for table in (PURCHASES, MEMBER_FACTS, *profiles.TABLES)}


def sales_consumer(scoring: Scoring, memberships: Memberships) -> Consumer:
    """Keeps purchases and facts, rescores whoever bought by the newest cuts, and looks at her segments again."""

    def handle(connection: Connection, batch: Sequence[Message[SaleView]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - contended rows are locked anyway
        hold_erasures(connection)
        scoring.hold_sweeps(connection)
        touched = facts.apply_sales(connection, _LIVE, batch)
        # A member's last message of the batch is the cause of her new scores.
        heard = {message.body.customer_id: message.cause for message in batch}
        causes = {customer_id: heard[customer_id] for customer_id in touched}
        scoring.rescore(connection, causes)
        memberships.follow(connection, causes, Side.BUYING)
        return [DONE] * len(batch)

    return Consumer(name=SALES, topics=(SALES_TOPIC,), views=facts.VIEWS, handle=handle, order="key")


def customers_consumer(scoring: Scoring, memberships: Memberships) -> Consumer:
    """Keeps who members are and what they agreed to; removes everything of whoever was erased, for good."""

    def handle(connection: Connection, batch: Sequence[Message[Any]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - as above
        erased = {m.body.customer_id: m.cause for m in batch if isinstance(m.body, profiles.ErasedView)}
        if erased:
            remember_erased(connection, erased)
        else:
            hold_erasures(connection)
        profiles.project(connection, _LIVE, batch)
        told = {m.body.customer_id: m.cause for m in batch if m.body.customer_id not in erased}
        memberships.follow(connection, told, Side.PROFILE)
        if erased:
            _erase(connection, erased)
        return [DONE] * len(batch)

    def _erase(connection: Connection, erased: Mapping[UUID, Cause]) -> None:
        facts.remove_members(connection, _LIVE, erased)
        profiles.remove_members(connection, _LIVE, erased)
        memberships.forget(connection, erased)
        scoring.rescore(connection, erased)
        for customer_id in erased:
            purge(connection, str(customer_id).encode())

    return Consumer(
        name=CUSTOMERS,
        topics=(CUSTOMERS_TOPIC,),
        views=profiles.VIEWS,
        handle=handle,
        order="key",
        urgent=frozenset({CustomerErased.type, ConsentGiven.type, ConsentWithdrawn.type}),
        erased_by=CustomerErased.type,
    )


def member_facts_model(sales: Consumer) -> TopicReadModel:
    """Purchases and facts, as a rebuild makes them from the sales topic alone."""
    return TopicReadModel(
        name="member_facts",
        tables=(PURCHASES, MEMBER_FACTS),
        consumer=sales,
        project=facts.project,
        prune=facts.prune,
    )


def member_profiles_model(customers: Consumer) -> TopicReadModel:
    """Registrations and consents, as a rebuild makes them from the customers topic alone."""
    return TopicReadModel(
        name="member_profiles",
        tables=profiles.TABLES,
        consumer=customers,
        project=profiles.project,
        prune=profiles.prune,
    )
