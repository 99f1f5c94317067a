"""What the console hears: sales, what the services say of members, stores; and that campaigns and messages moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.console.application.news import tell
from services.console.read_models.buying import projection as buying
from services.console.read_models.buying.table import TABLES as BUYING
from services.console.read_models.members import projection as members
from services.console.read_models.members.heard import VIEWS as MEMBER_VIEWS
from services.console.read_models.members.heard import ErasedView
from services.console.read_models.members.table import TABLES as MEMBERS
from services.console.read_models.stores import projection as stores
from shared.contracts import campaigns, notifications
from shared.contracts.base import View
from shared.contracts.customers import CUSTOMERS_TOPIC, ConsentGiven, ConsentWithdrawn, CustomerErased
from shared.contracts.loyalty import PointsEarned
from shared.contracts.segmentation import MEMBERSHIPS_TOPIC, ScoresChanged
from shared.contracts.stores import REGISTRY_TOPIC, SALES_TOPIC
from shared.messaging.consumer import DONE, Consumer, Outcome
from shared.projections.erased import hold_erasures, remember_erased
from shared.projections.topics import TopicReadModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.messaging.message import Message

SERVICE = "console"


class Heard(View):
    """That it happened, and nothing of it."""


_CAMPAIGNS = (
    campaigns.CampaignStarted,
    campaigns.CampaignPaused,
    campaigns.CampaignResumed,
    campaigns.CampaignEnded,
    campaigns.OfferRedeemed,
    campaigns.OfferReturned,
)
_MESSAGES = (
    notifications.MessagePlanned,
    notifications.MessageDeferred,
    notifications.MessageSuppressed,
    notifications.MessageSent,
    notifications.MessageFailed,
    notifications.MessageUnknown,
)
_TOPICS = {event.type: "campaigns" for event in _CAMPAIGNS} | {event.type: "messages" for event in _MESSAGES}


def sales_model() -> TopicReadModel:
    """What stores sold and members bought. Its rows carry versions: no claim of each record is kept."""

    def handle(connection: Connection, batch: Sequence[Message[buying.SaleView]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - no streams here
        hold_erasures(connection)
        buying.project(connection, buying.LIVE, batch)
        tell(connection, "members", stores={message.body.store_id for message in batch})
        return [DONE] * len(batch)

    consumer = Consumer(
        name=f"{SERVICE}.sales",
        topics=(SALES_TOPIC,),
        views=buying.VIEWS,
        handle=handle,
        order="none",
        repeatable=True,
    )
    return TopicReadModel("buying", BUYING, consumer, buying.project, prune=buying.prune)


def members_model(time_zone: str) -> TopicReadModel:
    """Who members are. Whoever is erased leaves every table of the console, in one transaction."""
    project = members.MembersProjection(time_zone)

    def handle(connection: Connection, batch: Sequence[Message[Any]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - as above
        erased = {message.body.customer_id for message in batch if isinstance(message.body, ErasedView)}
        if erased:
            remember_erased(connection, erased)
        else:
            hold_erasures(connection)
        project(connection, members.LIVE, batch)
        if erased:
            members.remove_members(connection, members.LIVE, erased)
            buying.remove_members(connection, buying.LIVE, erased)
        tell(connection, "members")
        return [DONE] * len(batch)

    consumer = Consumer(
        name=f"{SERVICE}.members",
        topics=(
            CUSTOMERS_TOPIC,
            MEMBERSHIPS_TOPIC,
            ScoresChanged.topic,
            PointsEarned.topic,
            notifications.NOTIFICATIONS_TOPIC,
        ),
        views=MEMBER_VIEWS,
        handle=handle,
        order="key",
        repeatable=True,
        urgent=frozenset({CustomerErased.type, ConsentGiven.type, ConsentWithdrawn.type}),
        erased_by=CustomerErased.type,
    )
    return TopicReadModel("members", MEMBERS, consumer, project, prune=members.prune)


def stores_model() -> TopicReadModel:
    """Where stores are."""

    def handle(connection: Connection, batch: Sequence[Message[stores.StoreView]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - as above
        stores.project(connection, {table.name: table.name for table in stores.TABLES}, batch)
        return [DONE] * len(batch)

    consumer = Consumer(
        name=f"{SERVICE}.stores",
        topics=(REGISTRY_TOPIC,),
        views=stores.VIEWS,
        handle=handle,
        order="none",
        repeatable=True,
    )
    return TopicReadModel("store_registry", stores.TABLES, consumer, stores.project)


def news_consumer() -> Consumer:
    """Keeps nothing: pages that show campaigns or messages hear that these moved."""

    def handle(connection: Connection, batch: Sequence[Message[Heard]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - as above
        tell(connection, *sorted({_TOPICS[message.type] for message in batch}))
        return [DONE] * len(batch)

    return Consumer(
        name=f"{SERVICE}.news",
        topics=(campaigns.CAMPAIGNS_TOPIC, notifications.NOTIFICATIONS_TOPIC),
        views=dict.fromkeys(_TOPICS, Heard),
        handle=handle,
        order="none",
        repeatable=True,
    )
