"""What we publish, read from real Kafka by others: the CloudEvents SDK over a plain consumer, and kcat."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from kafka import KafkaConsumer
from kafka import TopicPartition as ClientPartition
from kafka.partitioner.default import murmur2 as murmur2_of_kafka_python

from shared.contracts.asyncapi import asyncapi
from shared.contracts.examples import EXAMPLES
from shared.contracts.generate import FOLDER
from shared.contracts.topics import TOPICS
from shared.kernel.ids import derived_id
from shared.messaging.kafka_settings import KafkaSettings
from shared.messaging.log_kafka import KafkaLog
from shared.messaging.murmur2 import murmur2
from shared.messaging.outbox import Origin, Published, add_to_outbox
from shared.messaging.relay import Relay
from shared.messaging.topics_kafka import apply_catalogue
from tests.conftest import fresh_database
from tests.support.stock import NOW
from tests.support.tools import tool

if TYPE_CHECKING:
    from services.kafka_local import LocalKafka
    from shared.contracts.base import IntegrationEvent
    from shared.database.embedded import EmbeddedPostgres

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNIT, RECORD = "\x1f", "\x1e"


def key_of(event: IntegrationEvent) -> str:
    return f"{event.type} 熟客"


def origin_of(event: IntegrationEvent) -> Origin:
    ids = (derived_id(event.type, word) for word in ("event", "cause", "correlation"))
    event_id, causation_id, correlation_id = ids
    return Origin(event_id, NOW, causation_id, correlation_id, TRACEPARENT)


@pytest.fixture(scope="module")
def settings(kafka: LocalKafka, postgres: EmbeddedPostgres) -> KafkaSettings:
    """A cluster on which a relay has published one record of every event, as any service does."""
    settings = KafkaSettings(bootstrap_servers=kafka.bootstrap_servers, topic_prefix=f"ce{time.monotonic_ns()}.")
    apply_catalogue(settings)
    with closing(KafkaLog(settings)) as event_log, fresh_database(postgres) as database:
        engine = database.engine("kernel")
        with engine.begin() as connection:
            add_to_outbox(connection, "kernel", [Published(origin_of(e), key_of(e), e) for e in EXAMPLES])
        with engine.connect() as connection:
            assert Relay("kernel", engine, event_log).step(connection) == len(EXAMPLES)
    return settings


@pytest.fixture(scope="module")
def records(settings: KafkaSettings) -> dict[str, Any]:
    """By event type, as a consumer sees them that knows nothing of us."""
    consumer = KafkaConsumer(bootstrap_servers=settings.bootstrap_servers, consumer_timeout_ms=20_000)
    topics = [(settings.physical(topic.name), topic.partitions) for topic in TOPICS.values()]
    consumer.assign([ClientPartition(name, number) for name, count in topics for number in range(count)])
    consumer.seek_to_beginning()
    found = {dict(record.headers)["ce_type"].decode(): record for record, _ in zip(consumer, EXAMPLES, strict=False)}
    consumer.close()
    return found


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
def test_the_cloudevents_sdk_reads_every_event_as_it_was_written(records: dict[str, Any], event: Any) -> None:
    record, origin = records[event.type], origin_of(event)
    read = from_binary_event(KafkaMessage(dict(record.headers), record.key, record.value))
    assert read.get_attributes() == {
        "specversion": "1.0",
        "id": str(origin.event_id),
        "source": "/kernel",
        "type": event.type,
        "time": NOW,
        "subject": key_of(event),
        "datacontenttype": "application/json",
        "correlationid": str(origin.correlation_id),
        "causationid": str(origin.causation_id),
        "partitionkey": key_of(event),
    }
    assert read.get_data() == json.loads((FOLDER / f"{event.type}.example.json").read_text())


def test_a_record_has_the_headers_that_the_asyncapi_document_describes_each_once(records: dict[str, Any]) -> None:
    described = asyncapi()["components"]["messageTraits"]["cloudEvent"]["headers"]["properties"]
    for record in records.values():
        assert sorted(name for name, _ in record.headers) == sorted(described)


def test_kcat_reads_the_same_records_as_text(settings: KafkaSettings, records: dict[str, Any]) -> None:
    for topic in TOPICS.values():
        expected = {
            (
                str(record.partition),
                record.key.decode(),
                ",".join(f"{name}={value.decode()}" for name, value in record.headers),
                record.value.decode(),
            )
            for record in records.values()
            if record.topic == settings.physical(topic.name)
        }
        shape = UNIT.join(("%p", "%k", "%h", "%s")) + RECORD
        arguments = ["-t", settings.physical(topic.name), "-o", "beginning", "-e", "-q", "-f", shape]
        read = kcat(settings, "-C", *arguments).decode()
        assert {tuple(line.split(UNIT)) for line in read.split(RECORD) if line} == expected


def test_everybody_sends_a_key_to_the_same_partition(settings: KafkaSettings, records: dict[str, Any]) -> None:
    for record in records.values():
        count = TOPICS[settings.logical(record.topic)].partitions
        assert record.partition == (murmur2_of_kafka_python(record.key) & 0x7FFFFFFF) % count
    # librdkafka, told as docs/intake.md tells it.
    topic = settings.physical("pos.receipts.v1")
    keys = [f"SH-{n:03}/{n % 5} 熟客" for n in range(100)]
    lines = "".join(f"{key}\t{{}}\n" for key in keys).encode()
    kcat(settings, "-P", "-t", topic, "-K", "\t", "-X", "partitioner=murmur2_random", stdin=lines)
    arguments = ["-t", topic, "-o", "beginning", "-e", "-q", "-f", f"%k{UNIT}%p{RECORD}"]
    landed = dict(line.split(UNIT) for line in kcat(settings, "-C", *arguments).decode().split(RECORD) if line)
    assert {key: int(landed[key]) for key in keys} == {
        key: (murmur2(key.encode()) & 0x7FFFFFFF) % TOPICS["pos.receipts.v1"].partitions for key in keys
    }


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"21", -973_932_308),
        (b"foobar", -790_332_482),
        (b"a-little-bit-long-string", -985_981_536),
        (b"a-little-bit-longer-string", -1_486_304_829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        (b"abc", 479_470_107),
    ],
)
def test_our_murmur2_gives_the_values_of_kafkas_own_test(key: bytes, signed: int) -> None:
    # org.apache.kafka.common.utils.UtilsTest.testMurmur2
    assert murmur2(key) == signed & 0xFFFFFFFF


def kcat(settings: KafkaSettings, *arguments: str, stdin: bytes = b"") -> bytes:
    command = [tool("kcat"), "-b", settings.bootstrap_servers, *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=True, timeout=30).stdout
