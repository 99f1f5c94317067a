"""What `customers` hears: what happens with its customers elsewhere, and who unsubscribed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.customers.application.unsubscribing import UnsubscribedView
from services.customers.read_models.timeline import hearing
from services.customers.read_models.timeline.table import TIMELINE_HEARD
from services.customers.read_models.timeline.views import TOPICS, VIEWS
from shared.contracts.notifications import NOTIFICATIONS_TOPIC, Unsubscribed
from shared.messaging.consumer import DONE, Consumer, Outcome
from shared.projections.topics import TopicReadModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from services.customers.application.unsubscribing import Unsubscribing
    from shared.messaging.message import Message


def unsubscribed_consumer(unsubscribing: Unsubscribing) -> Consumer:
    """Takes consents back for whoever followed a message's link."""
    return Consumer(
        name="customers.unsubscribed",
        topics=(NOTIFICATIONS_TOPIC,),
        views={Unsubscribed.type: UnsubscribedView},
        handle=unsubscribing,
        order="key",
        # Whoever wants no more does not wait for what else may be wrong with a record of theirs.
        urgent=frozenset({Unsubscribed.type}),
    )


def timeline_model() -> TopicReadModel:
    """What other services tell, with the consumer that keeps it."""

    def handle(connection: Connection, batch: Sequence[Message[Any]], *, lock: bool) -> Sequence[Outcome]:  # noqa: ARG001 - no streams here
        hearing.project(connection, {}, batch)
        return [DONE] * len(batch)

    consumer = Consumer(
        name="customers.timeline",
        topics=TOPICS,
        views=VIEWS,
        handle=handle,
        order="none",
        repeatable=True,
    )
    return TopicReadModel("timeline", (TIMELINE_HEARD,), consumer, hearing.project, prune=hearing.prune)
