"""What notifications listens to: requests, members, stores, campaigns and sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.notifications.application.planning import MemberView, RequestView
from services.notifications.read_models.contact_facts import projection as contact_facts
from services.notifications.read_models.contact_facts.table import TABLES
from services.notifications.read_models.contact_facts.views import VIEWS
from services.notifications.read_models.last_purchases import projection as last_purchases
from services.notifications.read_models.last_purchases.table import LAST_PURCHASES
from shared.contracts.campaigns import CAMPAIGNS_TOPIC
from shared.contracts.customers import CUSTOMERS_TOPIC, ConsentGiven, ConsentWithdrawn, CustomerErased
from shared.contracts.notifications import REQUESTS_TOPIC, SendRequested
from shared.contracts.stores import REGISTRY_TOPIC, SALES_TOPIC
from shared.messaging.consumer import Consumer
from shared.projections.topics import TopicReadModel

if TYPE_CHECKING:
    from services.notifications.application.planning import Planner

FACTS = Consumer(
    name="notifications.facts",
    topics=(CUSTOMERS_TOPIC, REGISTRY_TOPIC, CAMPAIGNS_TOPIC),
    views=VIEWS,
    handle=contact_facts.handle,
    order="key",
    urgent=frozenset({CustomerErased.type, ConsentGiven.type, ConsentWithdrawn.type}),
    erased_by=CustomerErased.type,
    repeatable=True,
)
PURCHASES = Consumer(
    name="notifications.sales",
    topics=(SALES_TOPIC,),
    views=last_purchases.VIEWS,
    handle=last_purchases.handle,
    order="none",
    repeatable=True,
)
TOPIC_READ_MODELS = (
    TopicReadModel("contact_facts", TABLES, FACTS, contact_facts.project),
    TopicReadModel("last_purchases", (LAST_PURCHASES,), PURCHASES, last_purchases.project, prune=last_purchases.prune),
)


def consumers(planner: Planner) -> tuple[Consumer, ...]:
    """The consumers of the service."""
    erased = CustomerErased.type
    return (
        FACTS,
        PURCHASES,
        Consumer(
            name="notifications.requests",
            topics=(REQUESTS_TOPIC,),
            views={SendRequested.type: RequestView},
            handle=planner.handle,
            order="key",
        ),
        Consumer(
            name="notifications.customers",
            topics=(CUSTOMERS_TOPIC,),
            views={erased: MemberView},
            handle=planner.erase,
            order="key",
            urgent=frozenset({erased}),
            erased_by=erased,
        ),
    )
