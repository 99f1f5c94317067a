"""What only Kafka does: rebalances, restarts, leaders that change, strangers that write to our topics."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from faststream.middlewares import AckPolicy
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka import TopicPartition as ClientPartition
from kafka.structs import OffsetAndMetadata

from services.kafka_local import LocalKafka
from shared.contracts.envelope import decode_headers
from shared.database.batch import fetch
from shared.kernel import failpoints
from shared.kernel.errors import InvariantViolated, TransientError
from shared.messaging.batches import BatchReader
from shared.messaging.kafka_consuming import Feeding
from shared.messaging.kafka_reading import Reading
from shared.messaging.log import EventLog, Member, partition_of
from shared.messaging.log_kafka import KafkaLog
from shared.messaging.parking import list_parked
from shared.testing.waiting import until
from tests.behaviours.logs import KafkaOperations
from tests.conftest import Database
from tests.support.consuming import TOPIC, all_records, handled, history, levels, running, wait
from tests.support.records import earned
from tests.support.stock import stock_consumer, stock_handler
from tests.support.tools import tool

KEYS = [f"key-{n}" for n in range(40)]


@pytest.fixture
def operate(kafka: LocalKafka) -> Iterator[KafkaOperations]:
    operations = KafkaOperations(kafka.bootstrap_servers, f"k{time.monotonic_ns()}.")
    yield operations
    operations.close()


@pytest.fixture
def event_log(operate: KafkaOperations) -> EventLog:
    return operate.make()


def test_nothing_is_left_to_a_default_that_loses_records(database: Database, operate: KafkaOperations) -> None:
    event_log = operate.make()
    reader = BatchReader(database.engine("kernel"), stock_consumer(stock_handler()), event_log)
    feeding = Feeding(operate.settings, reader, Member(name="a"), Reading(operate.settings))
    subscriber = feeding._subscriber
    arguments = subscriber._connection_args
    assert arguments["enable_auto_commit"] is False
    assert arguments["auto_offset_reset"] == "earliest"
    assert arguments["isolation_level"] == "read_committed"
    assert arguments["group_instance_id"] == f"{operate.settings.topic_prefix}kernel.stock.a"
    assert subscriber.group_id == f"{operate.settings.topic_prefix}kernel.stock"
    assert subscriber._no_reply is True
    assert subscriber.ack_policy is AckPolicy.MANUAL


def test_brokers_that_are_killed_and_started_again_lose_and_double_nothing(
    database: Database,
    kafka_trio: LocalKafka,
) -> None:
    operations = KafkaOperations(kafka_trio.bootstrap_servers, f"k{time.monotonic_ns()}.", replicas=3)
    event_log = operations.make()
    sent, stop = [0], threading.Event()

    def publish() -> None:
        while not stop.is_set():
            records = [earned(key, sent[0] + 1) for key in KEYS]
            _again(lambda batch=records: event_log.publish(batch))
            sent[0] += 1

    def sent_more(than: int) -> Callable[[], bool]:
        return lambda: sent[0] > than + 2

    publisher = threading.Thread(target=publish)
    with running(database, event_log, stock_consumer(stock_handler(), batch_size_max=100)):
        publisher.start()
        until(sent_more(0), what="the first records")
        for broker in (1, 2):
            kafka_trio.kill_broker(broker)
            until(sent_more(sent[0]), what="records while a broker is away", timeout_s=60)
            kafka_trio.start_broker(broker)
            until(sent_more(sent[0]), what="records after it came back", timeout_s=60)
        stop.set()
        publisher.join()
        until(lambda: _all_handled(database, event_log), what="every record", timeout_s=60)
    assert {key: history(database, key) for key in KEYS} == {key: list(range(1, sent[0] + 1)) for key in KEYS}
    operations.close()


def test_what_kafka_believes_was_handled_counts_for_nothing(
    database: Database,
    operate: KafkaOperations,
    event_log: EventLog,
) -> None:
    event_log.publish([earned("a", n) for n in range(1, 6)])
    group = operate.settings.physical("kernel.stock")
    partition = ClientPartition(operate.settings.physical(TOPIC), partition_of(b"a", 12))
    claimant = KafkaConsumer(bootstrap_servers=operate.settings.bootstrap_servers, group_id=group)
    claimant.assign([partition])
    claimant.commit({partition: OffsetAndMetadata(5, "", -1)})
    claimant.close()
    with running(database, event_log, stock_consumer(stock_handler())):
        wait(database, event_log)
    assert history(database, "a") == [1, 2, 3, 4, 5]


def test_a_batch_whose_commit_failed_comes_again_and_one_that_was_committed_does_not(
    database: Database,
    event_log: EventLog,
) -> None:
    failpoints.plan("consumer.before_commit:raise@2,consumer.after_commit:raise@3")
    try:
        with running(database, event_log, stock_consumer(stock_handler(), batch_size_max=3)):
            event_log.publish([earned("a", n) for n in range(1, 21)])
            wait(database, event_log)
    finally:
        failpoints.plan("")
    assert history(database, "a") == list(range(1, 21))


def test_a_replica_that_restarts_gets_its_partitions_back_and_nobody_else_stops(
    database: Database,
    operate: KafkaOperations,
    event_log: EventLog,
) -> None:
    consumer = stock_consumer(stock_handler())
    admin = KafkaAdminClient(bootstrap_servers=operate.settings.bootstrap_servers)
    group = operate.settings.physical("kernel.stock")

    def assignment() -> dict[str, object]:
        members = admin.describe_groups([group])[group]["members"]
        return {m["group_instance_id"]: m["member_assignment"] for m in members if m["member_assignment"]}

    with running(database, event_log, consumer, members=[Member(name="stays")]):
        with running(database, event_log, consumer, members=[Member(name="restarts")]):
            until(lambda: len(assignment()) == 2, what="two members")
            before = assignment()
        with running(database, event_log, consumer, members=[Member(name="restarts")]):
            event_log.publish([earned(key, 1) for key in KEYS])
            wait(database, event_log)
            assert assignment() == before
    admin.close()


def test_what_strangers_write_is_parked_and_stops_nobody(
    database: Database,
    operate: KafkaOperations,
    event_log: EventLog,
) -> None:
    topic = operate.settings.physical(TOPIC)
    partition = partition_of(b"a", 12)
    event_log.publish([earned("a", 1), earned("a", 2)])
    stranger = KafkaProducer(bootstrap_servers=operate.settings.bootstrap_servers)
    good = earned("z", 1)
    for key, value, headers in (
        (None, b"{}", []),
        (b"b", None, []),
        (b"c", b"{}", [("ce_id", b"\xff\xfe"), ("reply_to", b"stores.sales.v1")]),
        (b"d", b"{}", [("ce_id", b"x"), ("ce_id", b"y")]),
        (b"e", b"\xff" * 1000, [("content-type", b"\xff")]),
    ):
        stranger.send(topic, key=key, value=value, headers=headers, partition=partition).get(10)
    stranger.close()
    # A header without a value, and one whose name is not UTF-8: only a C client can write them.
    to = [tool("kcat"), "-P", "-b", operate.settings.bootstrap_servers, "-t", topic, "-p", str(partition)]
    for key, header, lines in (("g", b"ce_id", b"zero\n"), ("f", b"\xff\xfe=x", b"one\ntwo\nthree\n")):
        subprocess.run([*to, "-k", key, "-H", header], input=lines, check=True, timeout=20)
    event_log.publish([earned("a", 3), good])
    with running(database, event_log, stock_consumer(stock_handler(), batch_size_max=4)):
        wait(database, event_log)
    assert history(database, "a") == [1, 2, 3]
    assert levels(database)["z"] == 1
    with database.engine("kernel").begin() as connection:
        parked = list_parked(connection, "kernel.stock")
        gaps = fetch(connection, "select * from consumer_gaps")
    assert [p.reason for p in parked].count("headers_invalid") == 9
    assert len(parked) == 9
    assert {p.record.body for p in parked if p.record.key == b"f"} == {b"one", b"two", b"three"}
    assert gaps == []


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_strangers_may_compress_as_they_like(
    database: Database,
    operate: KafkaOperations,
    event_log: EventLog,
    codec: str,
) -> None:
    record = earned("a", 7)
    stranger = KafkaProducer(bootstrap_servers=operate.settings.bootstrap_servers, compression_type=codec)
    headers = list(decode_headers(record.headers).items())
    stranger.send(operate.settings.physical(TOPIC), key=b"a", value=record.body, headers=headers).get(10)
    stranger.close()
    with running(database, event_log, stock_consumer(stock_handler())):
        wait(database, event_log)
    assert levels(database) == {"a": 7}
    assert [r.body for r in all_records(event_log)] == [record.body]


def test_the_mark_behind_a_transaction_leaves_nobody_behind(
    database: Database,
    operate: KafkaOperations,
    event_log: EventLog,
) -> None:
    with running(database, event_log, stock_consumer(stock_handler())):
        operate.publish_before_a_hole(event_log, earned("a", 1))
        # The end counts the mark: handled means that the offset stands behind it.
        wait(database, event_log)
        event_log.publish([earned("a", 2)])
        wait(database, event_log)
    assert history(database, "a") == [1, 2]


def test_a_topic_that_was_never_applied_makes_rows_wait_and_says_what_to_do(operate: KafkaOperations) -> None:
    event_log = KafkaLog(operate.settings)
    try:
        with pytest.raises(InvariantViolated, match="regulars topics apply"):
            event_log.bounds(TOPIC)
    finally:
        event_log.close()


def _again(work: Callable[[], object]) -> None:
    """As the relay does: the same again until it is taken."""
    while True:
        try:
            work()
        except TransientError:
            continue
        return


def _all_handled(database: Database, event_log: EventLog) -> bool:
    try:
        return handled(database, event_log)
    except TransientError:
        return False
