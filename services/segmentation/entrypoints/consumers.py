"""What segmentation hears: sales, and who was erased."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from services.segmentation.application.erasure import hold_erasures, remember_erased
from services.segmentation.read_models.member_facts import projection
from services.segmentation.read_models.member_facts.table import MEMBER_FACTS, PURCHASES
from shared.contracts.base import View
from shared.contracts.customers import CUSTOMERS_TOPIC, CustomerErased
from shared.contracts.stores import SALES_TOPIC
from shared.messaging.consumer import DONE, Consumer, Outcome
from shared.messaging.parking import purge
from shared.projections.topics import TopicReadModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from services.segmentation.application.scoring import Scoring
    from services.segmentation.read_models.member_facts.projection import SaleView
    from shared.messaging.message import Message

SALES = "segmentation.sales"
CUSTOMERS = "segmentation.customers"

_LIVE = {table.name: table.name for table in (PURCHASES, MEMBER_FACTS)}


class ErasedView(View):
    """What is read of an erasure."""

    customer_id: UUID


def sales_consumer(scoring: Scoring) -> Consumer:
    """Keeps purchases and facts, and rescores whoever bought by the newest cuts."""

    def handle(connection: Connection, batch: Sequence[Message[SaleView]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - no streams here
        hold_erasures(connection)
        scoring.hold_sweeps(connection)
        touched = projection.apply_sales(connection, _LIVE, batch)
        # A member's last message of the batch is the cause of her new scores.
        causes = {message.body.customer_id: message.cause for message in batch}
        scoring.rescore(connection, {customer_id: causes[customer_id] for customer_id in touched})
        return [DONE] * len(batch)

    return Consumer(name=SALES, topics=(SALES_TOPIC,), views=projection.VIEWS, handle=handle, order="key")


def customers_consumer(scoring: Scoring) -> Consumer:
    """Removes everything of whoever was erased, for good."""

    def handle(connection: Connection, batch: Sequence[Message[ErasedView]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - no streams here
        causes = {message.body.customer_id: message.cause for message in batch}
        remember_erased(connection, causes)
        projection.remove_members(connection, _LIVE, causes)
        scoring.rescore(connection, causes)
        for customer_id in causes:
            purge(connection, str(customer_id).encode())
        return [DONE] * len(batch)

    erased = CustomerErased.type
    return Consumer(
        name=CUSTOMERS,
        topics=(CUSTOMERS_TOPIC,),
        views={erased: ErasedView},
        handle=handle,
        order="key",
        urgent=frozenset({erased}),
        erased_by=erased,
    )


def member_facts_model(sales: Consumer) -> TopicReadModel:
    """Purchases and facts, as a rebuild makes them from the sales topic alone."""
    return TopicReadModel(
        name="member_facts",
        tables=(PURCHASES, MEMBER_FACTS),
        consumer=sales,
        project=projection.project,
        prune=projection.prune,
    )
