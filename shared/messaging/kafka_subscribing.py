"""A FastStream batch subscriber with everything decided: its defaults lose records, or follow what strangers write."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from faststream.kafka import KafkaBroker
from faststream.middlewares import AckPolicy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiokafka import ConsumerRebalanceListener
    from faststream.kafka.message import KafkaAckableMessage
    from faststream.kafka.subscriber.usecase import BatchSubscriber

    from shared.messaging.kafka_settings import KafkaSettings
    from shared.messaging.log import Member, Reader

REST_MS = 10
"""How long FastStream rests after a look that found nothing; how long a look waits is said in `kafka_consuming`."""
STOP_S_MAX = 30.0
PARTITION_FETCH_BYTES_MAX = 256 * 1024
"""What the client reads ahead of each partition: with a dozen of them some batches, and no more memory for a longer
backlog. A record that is larger comes alone: Kafka gives the first one of an answer whatever its size (KIP-74)."""
HANDLE_S_MAX = 300.0
"""Longer than any statement time-out: a batch that takes longer has lost its partitions anyway."""
_logger = logging.getLogger("regulars.faststream")
_logger.setLevel(logging.ERROR)
"""It warns at each start that it makes no topics, which is as we want it."""


def subscribe(
    settings: KafkaSettings,
    reader: Reader,
    member: Member,
    *,
    parser: Callable[[Any], Awaitable[KafkaAckableMessage]],
    listener: ConsumerRebalanceListener,
) -> tuple[KafkaBroker, BatchSubscriber]:
    """`reader`'s place in its group as `member`, not connected yet; whoever calls adds the handler and starts it."""
    broker = KafkaBroker(
        **settings.broker_options(),
        client_id=f"regulars-{member.name or 'member'}",
        consumer_only=True,
        allow_auto_create_topics=False,
        apply_types=False,
        graceful_timeout=STOP_S_MAX,
        logger=_logger,
    )
    group = settings.physical(reader.name)
    subscriber = broker.subscriber(
        *map(settings.physical, reader.topics),
        batch=True,
        group_id=group,
        # A replica that restarts within the session time-out keeps its partitions: nobody else stops for it.
        group_instance_id=f"{group}.{member.name}" if member.name else None,
        # Never inherited from the broker object, and never the default, which commits before we have handled.
        ack_policy=AckPolicy.MANUAL,
        # The database says where to read; this is for the instant before it does. "latest" would skip records.
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_records=reader.batch_size_max,
        batch_timeout_ms=REST_MS,
        max_partition_fetch_bytes=PARTITION_FETCH_BYTES_MAX,
        session_timeout_ms=settings.session_timeout_ms,
        max_poll_interval_ms=int(HANDLE_S_MAX * 1000),
        # A header of a stranger could name a topic to answer to.
        no_reply=True,
        parser=parser,
        decoder=_keep,
        listener=listener,
    )
    return broker, subscriber


async def _keep(message: KafkaAckableMessage) -> KafkaAckableMessage:
    """The decoder: the handler gets the message itself, untouched."""
    return message
