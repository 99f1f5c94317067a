"""FastStream taking the same records in batches and doing nothing with them: what consuming alone costs.

python -m bench.subjects.faststream_consume BOOTSTRAP TOPIC RECORDS GROUP
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from aiokafka import ConsumerRebalanceListener
from faststream.kafka import KafkaBroker
from faststream.middlewares import AckPolicy

from bench.subjects.telling import tell

if TYPE_CHECKING:
    from faststream.kafka.message import KafkaMessage

BATCH = 1_000


class Assigned(ConsumerRebalanceListener):  # type: ignore[misc] # the client library has no types
    """Tells when there are partitions."""

    async def on_partitions_assigned(self, _assigned: object) -> None:
        tell("began")

    async def on_partitions_revoked(self, _revoked: object) -> None:
        pass


async def untouched(message: KafkaMessage) -> object:
    """No decoding."""
    return message.body


async def consume(bootstrap: str, topic: str, records: int, group: str) -> None:
    """Counts until all have come."""
    broker = KafkaBroker(bootstrap, logger=None, apply_types=False)
    everything = asyncio.Event()
    handled = 0

    @broker.subscriber(
        topic,
        batch=True,
        group_id=group,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
        max_records=BATCH,
        decoder=untouched,
        no_reply=True,
        listener=Assigned(),
    )
    async def handle(bodies: list[bytes]) -> None:
        nonlocal handled
        handled += len(bodies)
        if handled >= records:
            everything.set()

    async with broker:
        await broker.start()
        await everything.wait()
        tell("done")
    tell("sums", records=handled)


if __name__ == "__main__":
    asyncio.run(consume(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
