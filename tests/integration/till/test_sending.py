"""A shop's receipts reach Kafka: through days without it, through kills, through brokers that do not answer."""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaProducer

from services.till.running import Till
from shared.contracts.receipts import RECEIPTS_TOPIC, PosReceipt
from shared.identity.keys import load_key
from shared.identity.tokens import member_token
from shared.kernel import failpoints
from shared.messaging.decode import decode
from shared.messaging.log import partition_of
from shared.testing.waiting import until
from tests.integration.till.conftest import NOWHERE, Shop, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.kafka_local import LocalKafka

_context = multiprocessing.get_context("forkserver")


def test_a_file_is_at_kafka_once_and_in_order_with_tokens_for_cards(shop: Shop, topic: Topic) -> None:
    till = shop.till()
    shop.take(till, *range(700))
    assert till.send(30) == 0
    assert topic.numbers() == list(range(700))
    record = topic.records()[41]
    assert record.key == b"SH-001/1"
    assert record.partition == partition_of(b"SH-001/1", 12)
    written = PosReceipt.model_validate_json(record.body or b"")
    key = load_key(shop.settings.member_token_key_file)
    assert written.member_token == member_token(key, "card", "C41")
    # Also whoever reads CloudEvents strictly can read it.
    message = decode(record, {PosReceipt.type: PosReceipt})  # type: ignore[dict-item]
    assert message is not None
    assert message.event_id == message.cause.correlation_id


def test_the_same_file_again_sends_nothing_more(shop: Shop, topic: Topic) -> None:
    till = shop.till()
    for _ in range(2):
        shop.take(till, 1, 2, 3)
        assert till.send(30) == 0
    assert shop.said[-1].endswith("0 spooled, 3 were spooled before")
    assert topic.numbers() == [1, 2, 3]


def test_days_without_kafka_and_then_everything_arrives_once_and_in_order(shop: Shop, topic: Topic) -> None:
    shop.answer_s = 0.5
    offline = shop.till(servers=NOWHERE)
    for day in range(3):
        shop.take(offline, *range(day * 1_000, day * 1_000 + 1_000))
        assert offline.send(0) == (day + 1) * 1_000
    state = offline.state()
    assert (state.waiting, state.last_sent) == (3_000, None)
    assert state.last_error == f"ConnectionError: Kafka at {NOWHERE} cannot be reached: [Errno 111] Connection refused"
    shop.answer_s = 10
    assert shop.till().send(60) == 0
    assert topic.numbers() == list(range(3_000))
    assert shop.till().state().last_error == ""


def test_a_long_time_offline_uses_up_nothing(shop: Shop) -> None:
    shop.answer_s = 0.5
    shop.take(shop.till(), 1)
    threads, files = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    shop.till().send(4)
    assert threading.active_count() <= threads
    assert len(list(Path("/proc/self/fd").iterdir())) <= files + 2


@contextmanager
def silent() -> Iterator[str]:
    """A broker that accepts connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def test_a_broker_that_accepts_and_does_not_answer_is_given_up_on_and_tried_again(shop: Shop, topic: Topic) -> None:
    shop.answer_s = 1
    with silent() as servers:
        shop.take(shop.till(servers=servers), *range(10))
        assert shop.till(servers=servers).send(2) == 10
        assert shop.till().state().last_error
    shop.answer_s = 10
    assert shop.till().send(30) == 0
    assert topic.numbers() == list(range(10))


def test_a_topic_that_is_missing_is_told_and_waited_for(shop: Shop, kafka: LocalKafka) -> None:
    shop.kafka = shop.kafka.model_copy(
        update={"bootstrap_servers": kafka.bootstrap_servers, "topic_prefix": "missing."},
    )
    shop.answer_s = 1
    shop.take(shop.till(), 1)
    assert shop.till().send(0) == 1
    assert shop.till().state().last_error


def _send(planned: str, till: Till, file: Path) -> None:
    failpoints.plan(planned)
    till.take([file], lambda _: None)
    till.send(30)


@pytest.mark.parametrize(
    "planned", ["till.before_spooled:kill@2", "till.after_spooled:kill@2", "till.after_sent:kill@2"]
)
def test_killed_anywhere_and_started_again_nothing_is_missing(shop: Shop, topic: Topic, planned: str) -> None:
    till, file = shop.till(), shop.file(*range(1_200))
    child = _context.Process(target=_send, args=(planned, till, file))
    child.start()
    child.join(60)
    assert child.exitcode == -9
    before = topic.counted()
    assert till.take([file], shop.said.append) == 0
    assert till.send(30) == 0
    counted = topic.counted()
    assert sorted(counted) == list(range(1_200))
    # Copies only of the batch that was on its way, byte for byte the same: the intake knows them by that.
    assert max(counted.values()) == (2 if "after_sent" in planned else 1)
    assert len({record.body for record in topic.records()}) == 1_200
    assert len(before) == (1_000 if "after_sent" in planned else 0)
    # The last copy of each lies in order.
    assert list(dict.fromkeys(reversed(topic.numbers()))) == list(reversed(range(1_200)))


def test_two_tills_at_once_each_in_its_own_order(shop: Shop, topic: Topic) -> None:
    tills = {code: shop.till(code) for code in ("1", "2/b")}
    for till in tills.values():
        shop.take(till, *range(800))
    sending = [threading.Thread(target=till.send, args=(30,)) for till in tills.values()]
    for thread in sending:
        thread.start()
    for thread in sending:
        thread.join(60)
    for code in tills:
        assert topic.numbers(code) == list(range(800))


def test_a_broker_that_stops_in_the_middle_loses_nothing(shop: Shop, kafka: LocalKafka, topic: Topic) -> None:
    shop.answer_s = 2
    till = shop.till()
    shop.take(till, *range(3_000))
    stop = threading.Event()
    folder = shop.folder / "in"
    folder.mkdir()
    running = threading.Thread(target=till.run, args=(folder, stop, shop.said.append))
    running.start()
    try:
        until(lambda: till.state().last_sent, what="the first batch to be sent")
        kafka.kill_broker(1)
        shop.folder.joinpath("next.jsonl").write_bytes(shop.file(*range(3_000, 3_500)).read_bytes())
        shop.folder.joinpath("next.jsonl").rename(folder / "next.jsonl")
        until(lambda: any("500 spooled" in line for line in shop.said), what="receipts to be taken without Kafka")
    finally:
        kafka.start_broker(1)
    until(lambda: till.state().waiting == 0, what="everything to be sent", timeout_s=60)
    stop.set()
    running.join(30)
    assert sorted(topic.counted()) == list(range(3_500))
    assert len({record.body for record in topic.records()}) == 3_500


@pytest.mark.parametrize("days", [400, -400])
@pytest.mark.usefixtures("topic")
def test_a_tills_clock_may_be_years_off(shop: Shop, days: int) -> None:
    # The gateway stamps with the till's clock; the topic keeps the broker's, so that it neither refuses nor expires.
    with KafkaProducer(bootstrap_servers=shop.kafka.bootstrap_servers.split(",")) as producer:
        stamp = int((time.time() + days * 86_400) * 1000)
        sent = producer.send(shop.kafka.physical(RECEIPTS_TOPIC), b"{}", timestamp_ms=stamp).get(timeout=10)
    assert abs(sent.timestamp - stamp) > 300 * 86_400_000
