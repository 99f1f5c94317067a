"""Receipts from the topic `pos.receipts.v1`: written by anybody, taken by the same intake as over HTTP."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from shared.contracts.envelope import Outgoing, encode_headers
from shared.contracts.receipts import RECEIPT_BYTES_MAX, RECEIPTS_TOPIC
from shared.kernel.ids import new_id
from shared.messaging.log import Member
from shared.messaging.message import Record, TopicPartition
from shared.messaging.redrive import redrive
from shared.messaging.refusals import list_refused
from shared.observability import metrics
from shared.testing.waiting import until

if TYPE_CHECKING:
    from tests.integration.stores.conftest import Chain

PHONE = "13812345678"


@dataclass
class Topic:
    """One partition of the topic, and what the service made of what was written there."""

    chain: Chain
    offset: int = 0
    written: list[Record] = field(default_factory=list)

    def write(self, *receipts: Any, key: bytes | None = b"SH-001/1", headers: dict[str, bytes | None] = {}) -> None:  # noqa: B006 - never changed
        """A batch: dictionaries as JSON, bytes and None as they are."""
        batch = [self.record(receipt, key, headers) for receipt in receipts]
        self.written += batch
        self.chain.till_reader.handle(batch)

    def record(self, receipt: Any, key: bytes | None, headers: dict[str, bytes | None]) -> Record:
        body = receipt if receipt is None or isinstance(receipt, bytes) else json.dumps(receipt).encode()
        self.offset += 1
        stored = encode_headers({name: value for name, value in headers.items() if value is not None})
        if None in headers.values():
            stored = json.dumps(json.loads(stored) | {n: None for n, v in headers.items() if v is None}).encode()
        return Record(RECEIPTS_TOPIC, 0, self.offset - 1, key, stored, body)

    @property
    def refused(self) -> list[tuple[str, str]]:
        with self.chain.engine.begin() as connection:
            rows = list_refused(connection, "stores.receipts")
            assert list_refused(connection, "stores.members") == []
        assert {row.type for row in rows} <= {"pos.receipt.v1"}
        return [(row.code, row.detail) for row in reversed(rows)]

    @property
    def parked(self) -> list[str]:
        return [reason for (reason,) in self.chain.rows("select reason from parked order by id")]

    @property
    def sold(self) -> list[tuple[str, int]]:
        return [(s["number"], s["total_minor"]) for s in self.chain.told("sale_recorded")]


@pytest.fixture
def topic(chain: Chain) -> Topic:
    chain.till_reader.positions([TopicPartition(RECEIPTS_TOPIC, 0)])
    return Topic(chain)


def test_a_receipt_from_the_topic_is_recorded_and_finds_its_member(topic: Topic, chain: Chain) -> None:
    chain.hear(chain.linked("ann", "C1"))
    topic.write(chain.receipt(member_token=chain.token("C1")))
    (sale,) = chain.told()
    assert (sale["type"], sale["customer_id"]) == ("sale_recorded", str(chain.person("ann")))
    assert (topic.refused, topic.parked) == ([], [])


def test_a_token_that_nobody_has_yet_waits_for_its_member(topic: Topic, chain: Chain) -> None:
    topic.write(chain.receipt(member_token=chain.token("C1")))
    chain.hear(chain.linked("ann", "C1"))
    assert [sale["type"] for sale in chain.told()] == ["sale_recorded", "sale_attributed"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ce_type": b"pos.receipt.v1", "ce_id": b"1", "ce_source": b"/pos/vendor", "ce_specversion": b"1.0"},
        {"ce_type": b"", "ce_time": b"yesterday"},
        {"ce_type": None},
        {"x-\xff": b"\xff\xfe\x00", "traceparent": b"\x80"},
    ],
    ids=["none", "cloudevents", "empty", "null", "not-utf-8"],
)
def test_any_headers_will_do(topic: Topic, chain: Chain, headers: dict[str, bytes | None]) -> None:
    topic.write(chain.receipt(), headers=headers)
    assert topic.sold == [("42", 1_500)]


def test_a_null_key_and_any_other_key_will_do(topic: Topic, chain: Chain) -> None:
    topic.write(chain.receipt(number="1"), key=None)
    topic.write(chain.receipt(number="2"), key=b"\xff")
    assert topic.sold == [("1", 1_500), ("2", 1_500)]


def test_a_late_receipt_counts_on_its_own_day(topic: Topic, chain: Chain) -> None:
    topic.write(chain.receipt(occurred_at="2025-11-01T09:00:00+08:00"))
    assert chain.told()[0]["business_date"] == "2025-11-01"


def test_a_receipt_counts_once_however_often_and_by_whichever_way_it_comes(topic: Topic, chain: Chain) -> None:
    by_http = chain.receipt(number="1", member={"card": "c-1"})
    by_topic = chain.receipt(number="1", member_token=chain.token("C1"))
    chain.record(number="1", member={"card": "c-1"})
    topic.write(by_topic, by_topic)
    topic.write(by_topic)
    # Other bytes, the same content.
    topic.write(json.dumps(by_topic, indent=2).encode())
    topic.write(chain.receipt(number="2"))
    (again,) = chain.take(chain.receipt(number="2", business_date="2026-03-01"))
    assert again["outcome"] == "duplicate"
    assert topic.sold == [("1", 1_500), ("2", 1_500)]
    assert chain.take(by_http)[0]["outcome"] == "duplicate"


def test_the_same_number_with_other_content_is_quarantined(topic: Topic, chain: Chain) -> None:
    topic.write(chain.receipt(), chain.receipt(amounts=(9,)))
    (quarantined,) = chain.get("/quarantine").json()["items"]
    assert quarantined["total_minor"] == 9
    assert topic.sold == [("42", 1_500)]
    assert topic.refused == []


def test_an_invalid_receipt_is_refused_by_code_and_place_and_spares_its_neighbours(topic: Topic, chain: Chain) -> None:
    topic.write(
        chain.receipt(number="1"),
        chain.receipt(number="2", total_minor=7),
        chain.receipt(number="3", occurred_at="2026-03-01T18:30:00"),
        chain.receipt(number="4"),
    )
    assert [number for number, _ in topic.sold] == ["1", "4"]
    (total, clock) = topic.refused
    assert total[0] == "total_differs"
    assert total[1].startswith("pos.receipts.v1/0@1: total_minor 7 is not the sum of the lines' amounts, 1500")
    assert clock == ("invalid_input", "pos.receipts.v1/0@2: occurred_at: Input should have timezone info")
    assert topic.parked == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "body_missing"),
        (b"", "json_invalid"),
        (b'{"store": "SH-0', "json_invalid"),
        (b"\xff\xfe{}", "json_invalid"),
        (b"[" * 100_000, "json_invalid"),
        (b"[]", "invalid_input"),
        (b"null", "invalid_input"),
        (b'{"store": "SH-001"}', "invalid_input"),
        (b" " * (RECEIPT_BYTES_MAX + 1), "too_large"),
        ({"specversion": "1.0", "type": "pos.receipt.v1", "data": {}}, "invalid_input"),
    ],
    ids=["null", "empty", "cut", "not-utf-8", "deep", "list", "json-null", "fields", "oversized", "structured"],
)
def test_a_record_that_is_no_receipt_is_refused_and_nothing_of_it_is_kept(
    topic: Topic,
    chain: Chain,
    body: Any,
    code: str,
) -> None:
    topic.write(body, chain.receipt(), body)
    assert [found for found, _ in topic.refused] == [code, code]
    assert topic.sold == [("42", 1_500)]
    assert topic.parked == []


def test_the_largest_receipt_is_taken(topic: Topic, chain: Chain) -> None:
    receipt = json.dumps(chain.receipt()).encode()
    topic.write(receipt + b" " * (RECEIPT_BYTES_MAX - len(receipt)))
    assert topic.sold == [("42", 1_500)]


@pytest.mark.parametrize(
    "raw",
    [
        {"member": {"phone": PHONE}},
        {"member": {"card": PHONE}},
        {"member": PHONE},
        {"phone": PHONE},
        {"member_token": PHONE},
        {"customer_phone": PHONE},
        {PHONE: 1},
        {"lines": [{"product": "p", "quantity": 1, "amount_minor": 1, "card": PHONE}], "total_minor": 1},
        {"member": {"phone": PHONE}, "store": "SH-999"},
    ],
    ids=str,
)
def test_an_identifier_on_the_topic_is_refused_and_stands_nowhere(topic: Topic, chain: Chain, raw: Any) -> None:
    topic.write(chain.receipt(**raw))
    (refused,) = topic.refused
    assert refused[0] in {"raw_identifier", "invalid_input"}
    assert refused[0] == "raw_identifier" or not raw.keys() & {"member", "phone", "lines"}
    assert topic.sold == []
    with chain.owner.connect() as connection:
        tables = connection.exec_driver_sql("select tablename from pg_tables where schemaname = 'stores'").scalars()
        everything = [str(chain.rows(f"select t::text, t.* from {table} t")) for table in tables]
    assert not any(PHONE in rows for rows in everything)
    assert any("pos.receipts.v1/0@0" in rows for rows in everything)


def test_a_broken_record_with_an_identifier_stands_nowhere_either(topic: Topic) -> None:
    topic.write(b'{"member": {"phone": "' + PHONE.encode())
    assert [code for code, _ in topic.refused] == ["json_invalid"]
    assert PHONE not in str(topic.refused)
    assert topic.parked == []


def test_another_type_is_refused_and_a_later_version_waits_for_the_release_that_reads_it(
    topic: Topic,
    chain: Chain,
) -> None:
    topic.write(chain.receipt(), headers={"ce_type": b"pos.receipts.v1"})
    topic.write(chain.receipt(), headers={"ce_type": b"pos.receipt.v2"})
    assert [code for code, _ in topic.refused] == ["type_unknown"]
    assert topic.parked == ["version_unknown"]
    assert topic.sold == []


@pytest.mark.parametrize(("fields", "reason"), [({"store": "SH-2"}, "unknown_store"), ({"till": "9"}, "unknown_till")])
def test_a_receipt_that_comes_before_its_store_or_till_waits_for_it(
    topic: Topic,
    chain: Chain,
    fields: dict[str, str],
    reason: str,
) -> None:
    before = metrics.RECEIPTS.labels("recorded")._value.get()
    topic.write(chain.receipt(number="1", **fields), chain.receipt(number="2"), chain.receipt(number="3", **fields))
    assert topic.parked == [reason, reason]
    assert topic.sold == [("2", 1_500)]
    assert metrics.RECEIPTS.labels("recorded")._value.get() == before + 1
    # The till sends again meanwhile: nothing more.
    topic.write(chain.receipt(number="1", **fields))
    assert topic.parked == [reason, reason]

    registered = {"store": "SH-2", "name": "x", "time_zone": "Asia/Shanghai", "currency": "CNY", "tills": ["1", "9"]}
    chain.post("/stores", registered)
    chain.post("/stores/SH-001/tills", {"till": "9"})
    consumer = chain.service.consumers[1]
    (first, *_) = chain.rows("select id from parked order by id")
    done = redrive(chain.engine, consumer, chain.event_log, first[0])
    assert (done.handled, done.still_parked) == (2, 0)
    assert topic.sold == [("2", 1_500), ("1", 1_500), ("3", 1_500)]


def test_it_runs_on_the_log(chain: Chain) -> None:
    sent = [
        Outgoing(RECEIPTS_TOPIC, f"SH-001/{n % 2 + 1}".encode(), new_id(), b"{}", json.dumps(receipt).encode())
        for n in range(40)
        for receipt in [chain.receipt(number=str(n), till=str(n % 2 + 1))]
    ]
    stop = threading.Event()
    feeding = threading.Thread(target=chain.event_log.feed, args=(chain.till_reader, Member(), stop))
    feeding.start()
    try:
        chain.event_log.publish(sent)
        until(lambda: len(chain.told("sale_recorded")) == 40, what="all receipts to be recorded")
        chain.event_log.publish(sent)
        end = sum(bounds.end for bounds in chain.event_log.bounds(RECEIPTS_TOPIC).values())
        until(lambda: _handled(chain) == end, what="the copies to be dropped")
    finally:
        stop.set()
        feeding.join(30)
    assert len(chain.told("sale_recorded")) == 40


def _handled(chain: Chain) -> int:
    question = "select coalesce(sum(next_offset), 0) from consumer_offsets where consumer = 'stores.receipts'"
    return int(chain.rows(question)[0][0])
