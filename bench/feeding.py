"""Records straight into a consumer, with no log between: a service's past, made by the service itself."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, cast
from uuid import UUID

from services.loyalty import bootstrap
from services.loyalty.settings import LoyaltySettings
from shared.contracts.stores import SALES_TOPIC
from shared.contracts.topics import TOPICS
from shared.database.batch import run
from shared.database.migrate import application_role
from shared.messaging.batches import BatchReader
from shared.messaging.log import Bounds, EventLog, partition_of
from shared.messaging.message import Record, TopicPartition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.load import Load
    from bench.servers import Database

BATCH = 1_000
PARTITIONS = TOPICS[SALES_TOPIC].partitions


def fill_loyalty(database: Database, load: Load) -> None:
    """Lets `loyalty.sales` handle the whole load."""
    settings = LoyaltySettings(database_url=database.url(application_role("loyalty")), database_schema="loyalty")
    service = bootstrap.build(settings)
    consumer = next(consumer for consumer in service.consumers if consumer.name == "loyalty.sales")
    reader = BatchReader(service.engine, consumer, cast("EventLog", Given()))
    reader.positions([TopicPartition(SALES_TOPIC, number) for number in range(PARTITIONS)])
    waiting = records(load)
    while batch := list(islice(waiting, BATCH)):
        reader.handle(batch)
    with service.engine.begin() as connection:
        # There was no such log: a real one begins at its own beginning.
        run(connection, "delete from consumer_offsets")
    service.engine.dispose()


class Given:
    """What the recipe asks of a log, for records that are handed to it."""

    def topic_id(self, _topic: str) -> UUID:
        """Always the same topic."""
        return UUID(int=1)

    def bounds(self, _topic: str) -> dict[int, Bounds]:
        """Nothing was lost."""
        return dict.fromkeys(range(PARTITIONS), Bounds(0, 0))


def records(load: Load) -> Iterator[Record]:
    """The load as a log would hand it over."""
    offsets: Counter[int] = Counter()
    for told in load.outgoing():
        partition = partition_of(told.key, PARTITIONS)
        yield Record(SALES_TOPIC, partition, offsets[partition], told.key, told.headers, told.body)
        offsets[partition] += 1
