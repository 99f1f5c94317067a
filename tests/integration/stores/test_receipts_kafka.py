"""Receipts over real Kafka: an outside producer, the till gateway and HTTP side by side, and each counts once."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.till.running import Till
from services.till.settings import TillSettings
from shared.contracts.receipts import RECEIPTS_TOPIC
from shared.contracts.topics import TOPICS
from shared.identity.tokens import member_token, normalise
from shared.messaging.batches import BatchReader
from shared.messaging.kafka_settings import KafkaSettings
from shared.messaging.log import Member
from shared.messaging.log_kafka import KafkaLog
from shared.messaging.topics_kafka import apply_catalogue
from shared.testing.waiting import until
from tests.conftest import ROOT
from tests.support.tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.kafka_local import LocalKafka
    from tests.integration.stores.conftest import Chain

GUIDE = (ROOT / "docs" / "intake.md").read_text()
KCAT = next(line for line in GUIDE.splitlines() if "| kcat " in line)
OPENSSL = next(line for line in GUIDE.splitlines() if "| openssl " in line)
VECTORS = re.findall(r"\| (card|phone) `([^`]+)`[^|]*\| `[a-z]+:([^`]+)` \| `([0-9a-f]{64})` \|", GUIDE)


@contextmanager
def taking(chain: Chain, settings: KafkaSettings) -> Iterator[None]:
    """The service's receipts consumer reads from Kafka."""
    event_log, stop = KafkaLog(settings), threading.Event()
    reader = BatchReader(chain.engine, chain.service.consumers[1], event_log)
    feeding = threading.Thread(target=event_log.feed, args=(reader, Member(name="m0"), stop))
    feeding.start()
    try:
        yield
    finally:
        stop.set()
        feeding.join(30)
        event_log.close()


def kafka_settings(kafka: LocalKafka, prefix: str) -> KafkaSettings:
    settings = KafkaSettings(bootstrap_servers=kafka.bootstrap_servers, topic_prefix=prefix, session_timeout_ms=6_000)
    apply_catalogue(settings, [TOPICS[RECEIPTS_TOPIC]])
    return settings


def sold(chain: Chain) -> list[str]:
    return sorted(sale["number"] for sale in chain.told("sale_recorded"))


def kcat(settings: KafkaSettings, *arguments: str, stdin: bytes) -> None:
    topic = settings.physical(RECEIPTS_TOPIC)
    command = [tool("kcat"), "-P", "-b", settings.bootstrap_servers, "-t", topic, "-X", "partitioner=murmur2_random"]
    subprocess.run([*command, *arguments], input=stdin, check=True, timeout=30)


def test_the_line_in_the_guide_works_as_it_stands(chain: Chain, kafka: LocalKafka) -> None:
    chain.post("/stores/SH-001/tills", {"till": "3"})
    settings = kafka_settings(kafka, "")
    with taking(chain, settings):
        for _ in range(2):
            environment = {"REGULARS_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "PATH": "/usr/bin:/bin"}
            subprocess.run(["/bin/sh", "-c", KCAT], env=environment, check=True, timeout=30)
        until(lambda: sold(chain) == ["20260301-0042"], what="the guide's receipt to be recorded")
    assert chain.told("sale_recorded")[0]["total_minor"] == 12_990


def test_every_way_in_at_once_and_each_receipt_counts_once(chain: Chain, kafka: LocalKafka, tmp_path: Path) -> None:
    settings = kafka_settings(kafka, "ways.")
    receipts = [chain.receipt(number=str(n), member={"card": f"C-{n}"}) for n in range(60)]
    token = chain.token
    written = [
        {name: value for name, value in one.items() if name != "member"} | {"member_token": token(f"C{n}")}
        for n, one in enumerate(receipts)
    ]
    file = tmp_path / "day.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in receipts[20:]))
    till = Till(TillSettings(keys_dir=chain.settings.keys_dir, spool_dir=tmp_path / "spools"), settings, "SH-001", "1")
    chain.take(*receipts[:40])
    with taking(chain, settings):
        kcat(settings, "-k", "SH-001/1", stdin="".join(json.dumps(one) + "\n" for one in written).encode())
        assert till.take([file], lambda _: None) == 0
        assert till.send(30) == 0
        until(lambda: len(sold(chain)) >= 60, what="all to be recorded")
        # 60 from kcat and 40 from the gateway were handled: nothing more can come.
        until(lambda: _handled(chain) == 100, what="the end of the topic")
    assert sold(chain) == sorted(str(n) for n in range(60))
    assert chain.rows("select count(*) from refused") == chain.rows("select count(*) from parked") == [(0,)]
    assert chain.get("/quarantine").json()["items"] == []


def test_what_outsiders_get_wrong_on_real_kafka(chain: Chain, kafka: LocalKafka) -> None:
    settings = kafka_settings(kafka, "wrong.")
    with taking(chain, settings):
        kcat(settings, stdin=b"{cut")
        kcat(settings, "-Z", "-K", "|", stdin=b"SH-001/1|")
        kcat(settings, "-H", "ce_type=pos.receipt.v1", "-H", "x=\udcff\udcfe", stdin=_line(chain.receipt(number="1")))
        kcat(settings, "-H", "ce_type=other", stdin=_line(chain.receipt(number="2")))
        kcat(settings, stdin=_line(chain.receipt(number="3", member={"phone": "13812345678"})))
        kcat(settings, stdin=_line(chain.receipt(number="4", store="SH-9")))
        kcat(settings, stdin=_line(chain.receipt(number="5")))
        until(lambda: _handled(chain) == 7, what="the end of the topic")
    assert sold(chain) == ["1", "5"]
    assert {code for (code,) in chain.rows("select code from refused")} == {
        "body_missing",
        "json_invalid",
        "type_unknown",
        "raw_identifier",
    }
    assert chain.rows("select reason from parked") == [("unknown_store",)]


def _line(receipt: dict[str, Any]) -> bytes:
    return json.dumps(receipt).encode() + b"\n"


def _handled(chain: Chain) -> int:
    question = "select coalesce(sum(next_offset), 0) from consumer_offsets where consumer = 'stores.receipts'"
    return int(chain.rows(question)[0][0])


@pytest.mark.parametrize(("kind", "written", "normalised", "token"), VECTORS)
def test_the_guides_vectors_are_ours(kind: Any, written: str, normalised: str, token: str) -> None:
    assert normalise(kind, written, "CN") == normalised
    assert member_token(bytes(range(32)), kind, normalised) == token


def test_the_guides_openssl_line_gives_the_vector() -> None:
    assert len(VECTORS) == 2
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    said = subprocess.run(["/bin/sh", "-c", OPENSSL], capture_output=True, check=True, text=True, timeout=10).stdout
    assert VECTORS[0][3] in said
