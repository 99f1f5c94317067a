"""The event log on Apache Kafka: the same promises as the one in PostgreSQL.

FastStream (aiokafka) feeds consumers and publishes; kafka-python answers what an operator asks: ends, ids, records
from a place. What FastStream's defaults would lose is set in `kafka_subscribing`, and held by the behaviour suite.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from shared.messaging.kafka_consuming import Feeding
from shared.messaging.kafka_producing import Producing
from shared.messaging.kafka_reading import Reading

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from shared.contracts.envelope import Outgoing
    from shared.messaging.kafka_settings import KafkaSettings
    from shared.messaging.log import Bounds, Member, Reader, Refusal
    from shared.messaging.message import Record, TopicPartition


class KafkaLog:
    """Topics on a Kafka cluster (`shared.messaging.log.EventLog`). Connects on first use; one per process."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producing = Producing(settings)
        self._reading = Reading(settings)

    def publish(self, records: Sequence[Outgoing]) -> Sequence[Refusal]:
        return self._producing.publish(records)

    def bounds(self, topic: str) -> Mapping[int, Bounds]:
        return self._reading.bounds(topic)

    def topic_id(self, topic: str) -> UUID:
        return self._reading.topic_id(topic)

    def fetch(self, positions: Mapping[TopicPartition, int], limit: int) -> Sequence[Record]:
        return self._reading.fetch(positions, limit)

    def feed(self, reader: Reader, member: Member, stop: threading.Event) -> None:
        """See the port. Kafka shares the partitions out: of `member` only the name counts, and tells replicas apart."""
        asyncio.run(Feeding(self._settings, reader, member, self._reading).run(stop))

    def append(self, partition: TopicPartition, records: Sequence[Record]) -> None:
        """See `shared.messaging.log_export.Target`: only for moving a log here."""
        self._producing.append(partition, records)

    def close(self) -> None:
        """Lets go of the connections."""
        self._producing.close()
        self._reading.close()
