"""One receipt is followed through every process, and no span says who bought."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shared.contracts.stores import SALES_TOPIC
from shared.messaging.log_kafka import KafkaLog
from shared.messaging.message import TopicPartition
from tests.support.kafka import own_topics
from tests.support.processes import Processes
from tests.support.world import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.messaging.kafka_settings import KafkaSettings
    from tests.conftest import Database

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
UNSAMPLED = "1111111111111111111111111111111a"
CUSTOMER = "0190a5e4-0000-7000-8000-00000000c0de"
PERSON = {"card": "QUILL-7788-9900", "phone": "13987654321", "name": "Zanzibar Quillfeather"}
CANARIES = ("QUILL", "7788-9900", "3987654321", "Zanzibar", "Quillfeather", CUSTOMER, "NO-4711", "NO-4712")

STORE = Step(
    "/stores/v1/stores/batch",
    {"stores": [{"store": "SH-1", "name": "One", "time_zone": "Asia/Shanghai", "currency": "CNY", "tills": ["1"]}]},
)
MEMBER = Step("/customers/v1/customers/batch", {"customers": [{"customer_id": CUSTOMER, **PERSON}]})


def receipt(number: str) -> Step:
    document = {
        "store": "SH-1",
        "till": "1",
        "number": number,
        "occurred_at": "2026-03-19T10:00:00+08:00",
        "total_minor": 4_200,
        "member": {"card": PERSON["card"]},
        "lines": [{"product": "TEA", "quantity": 1, "amount_minor": 4_200}],
    }
    return Step("/stores/v1/receipts", {"receipts": [document]})


def send(processes: Processes, step: Step, traceparent: str) -> None:
    answer = processes.client.post(step.path, json=step.body, headers={"traceparent": traceparent})
    assert answer.is_success, answer.text


@pytest.fixture(params=["postgres", "kafka"])
def kafka_settings(request: pytest.FixtureRequest) -> Iterator[KafkaSettings | None]:
    """Where the log is: None is the database."""
    if request.param == "postgres":
        yield None
        return
    with own_topics(request.getfixturevalue("kafka")) as settings:
        yield settings


def test_a_receipt_is_one_trace_through_every_process_and_names_nobody(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kafka_settings: KafkaSettings | None,
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    file = tmp_path / "spans.jsonl"
    settings = {"REGULARS_TRACES_FILE": str(file), "REGULARS_TRACES_RATIO": "1"}
    with Processes(database, tmp_path, settings=settings, kafka=kafka_settings) as processes:
        processes.send(STORE)
        processes.send(MEMBER)
        processes.settle()
        send(processes, receipt("NO-4711"), f"00-{TRACE}-{CALLER}-01")
        send(processes, receipt("NO-4712"), f"00-{UNSAMPLED}-{CALLER}-00")
        refused = processes.client.post("/stores/v1/receipts", content=f"{PERSON} is no JSON")
        assert refused.status_code == 400
        processes.settle()
        assert processes.client.get(f"/customers/v1/customers/{CUSTOMER}").is_success
    text = file.read_text()
    spans = [json.loads(line) for line in text.splitlines()]
    follows_the_receipt([span for span in spans if span["context"]["trace_id"] == f"0x{TRACE}"])

    # Nothing at all of what its caller did not sample, not even a header on the way.
    assert not [span for span in spans if span["context"]["trace_id"] == f"0x{UNSAMPLED}"]
    event_log = KafkaLog(kafka_settings) if kafka_settings else database.log()
    places = {TopicPartition(SALES_TOPIC, p): b.start for p, b in event_log.bounds(SALES_TOPIC).items() if b.end}
    records = event_log.fetch(places, 100)
    event_log.close()
    assert sorted(b"traceparent" in record.headers for record in records) == [False, True]

    named = {"POST /api/customers/v1/customers/batch", "process stores.members", "publish customers"}
    named.add("GET /api/customers/v1/customers/{customer_id}")
    assert named <= {span["name"] for span in spans}
    assert not [canary for canary in CANARIES if canary.lower() in text.lower()]


def follows_the_receipt(spans: list[dict[str, Any]]) -> None:
    by_name = {span["name"]: span for span in spans}
    assert len(spans) == len({(span["name"], span["parent_id"]) for span in spans}), "each step once for each cause"
    server = by_name["POST /api/stores/v1/receipts"]
    assert server["parent_id"] == f"0x{CALLER}"
    assert server["attributes"]["http.response.status_code"] == 200
    for step in ("publish stores", "process loyalty.sales", "process segmentation.sales"):
        assert by_name[step]["parent_id"] == server["context"]["span_id"], step
    # What loyalty tells of the receipt goes on from where loyalty handled it.
    assert by_name["publish loyalty"]["parent_id"] == by_name["process loyalty.sales"]["context"]["span_id"]
    order = ["POST /api/stores/v1/receipts", "publish stores", "process loyalty.sales", "publish loyalty"]
    # The timeline shows both: the receipt, and the points that it earned.
    shown = {span["parent_id"] for span in spans if span["name"] == "process customers.timeline"}
    assert shown == {by_name[step]["context"]["span_id"] for step in (order[0], "process loyalty.sales")}
    begun = [by_name[step]["start_time"] for step in order]
    assert begun == sorted(begun)
