"""A bare Kafka round trip at a steady rate: produced with acks=all, and seen by a consumer that waits for it.

python -m bench.subjects.round_trip BOOTSTRAP TOPIC RATE SECONDS
"""

from __future__ import annotations

import asyncio
import sys
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.subjects.telling import tell

BODY = b"x" * 1_450
PER_REQUEST = 5
"""Sent together, as a till's gateway sends receipts."""


async def main() -> None:
    """Produces on a schedule; a record's time is from when it was due until it was there."""
    bootstrap, topic, rate, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=2)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, fetch_max_wait_ms=500)
    await producer.start()
    await consumer.start()
    consumer.assign([TopicPartition(topic, n) for n in await producer.partitions_for(topic)])
    await consumer.seek_to_end()
    count = int(rate * seconds / PER_REQUEST)
    took: list[float] = []

    async def consume() -> None:
        async for record in consumer:
            took.append((time.time() - float(record.key)) * 1000)
            if len(took) == count * PER_REQUEST:
                return

    consuming = asyncio.ensure_future(consume())
    began = time.time()
    for number in range(count):
        due = began + number * PER_REQUEST / rate
        await asyncio.sleep(max(0.0, due - time.time()))
        for _ in range(PER_REQUEST):
            await producer.send(topic, BODY, key=str(due).encode())
    await consuming
    await producer.stop()
    await consumer.stop()
    took.sort()
    tell("done", records=len(took), **{f"p{p}": took[len(took) * p // 100] for p in (50, 99)})


if __name__ == "__main__":
    asyncio.run(main())
