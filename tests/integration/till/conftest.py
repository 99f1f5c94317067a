"""A till's gateway in a folder of its own, and the topic that it sends to on real Kafka."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from services.till.running import Till
from services.till.settings import TillSettings
from shared.contracts.receipts import RECEIPTS_TOPIC
from shared.contracts.topics import TOPICS
from shared.identity.keys import load_or_create_key
from shared.messaging.kafka_settings import KafkaSettings
from shared.messaging.log_kafka import KafkaLog
from shared.messaging.message import Record, TopicPartition
from shared.messaging.topics_kafka import apply_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.kafka_local import LocalKafka

NOWHERE = "127.0.0.1:1"
"""Nothing listens there: a shop without a line."""
_numbers = itertools.count(1)


def receipt(number: int, **fields: Any) -> dict[str, Any]:
    """One line of a till's file."""
    return {
        "number": str(number),
        "occurred_at": "2026-03-01T18:30:00+08:00",
        "total_minor": 100,
        "member": {"card": f"C-{number}"},
        "lines": [{"product": "p", "quantity": 1, "amount_minor": 100}],
    } | fields


def lines(*receipts: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in receipts)


@dataclass
class Shop:
    """One folder with key and spools."""

    folder: Path
    kafka: KafkaSettings
    answer_s: float = 10.0
    said: list[str] = field(default_factory=list)

    @property
    def settings(self) -> TillSettings:
        return TillSettings(
            keys_dir=self.folder / "keys", spool_dir=self.folder / "spools", answer_s_max=self.answer_s, spool_mib_max=8
        )

    @property
    def environment(self) -> dict[str, str]:
        """The same as settings of a command."""
        return {
            "REGULARS_TILL_KEYS_DIR": str(self.folder / "keys"),
            "REGULARS_TILL_SPOOL_DIR": str(self.folder / "spools"),
            "REGULARS_TILL_SPOOL_MIB_MAX": "8",
            "REGULARS_TILL_ANSWER_S_MAX": str(self.answer_s),
            "REGULARS_KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "REGULARS_KAFKA_TOPIC_PREFIX": self.kafka.topic_prefix,
        }

    def till(self, code: str = "1", *, servers: str | None = None) -> Till:
        kafka = self.kafka if servers is None else self.kafka.model_copy(update={"bootstrap_servers": servers})
        return Till(self.settings, kafka, "SH-001", code)

    def file(self, *numbers: int, name: str = "day.jsonl") -> Path:
        path = self.folder / name
        path.write_bytes(lines(*map(receipt, numbers)))
        return path

    def take(self, till: Till, *numbers: int) -> None:
        assert till.take([self.file(*numbers)], self.said.append) == 0


@dataclass
class Topic:
    """What lies on the topic."""

    event_log: KafkaLog

    def records(self) -> list[Record]:
        bounds = self.event_log.bounds(RECEIPTS_TOPIC)
        positions = {TopicPartition(RECEIPTS_TOPIC, p): b.start for p, b in bounds.items() if b.end > b.start}
        found: list[Record] = []
        while positions:
            got = self.event_log.fetch(positions, 10_000)
            found += got
            positions.update({TopicPartition(r.topic, r.partition): r.offset + 1 for r in got})
            positions = {tp: n for tp, n in positions.items() if n < bounds[tp.partition].end}
        return sorted(found, key=lambda r: (r.partition, r.offset))

    def numbers(self, till: str = "1") -> list[int]:
        """The receipts of a till, in the order in which they lie there."""
        bodies = [json.loads(record.body or b"") for record in self.records()]
        return [int(body["number"]) for body in bodies if body["till"] == till]

    def counted(self, till: str = "1") -> Counter[int]:
        return Counter(self.numbers(till))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Without Kafka."""
    load_or_create_key(tmp_path / "keys" / "member-token.key")
    return Shop(tmp_path, KafkaSettings(bootstrap_servers=NOWHERE))


@pytest.fixture
def topic(kafka: LocalKafka, shop: Shop) -> Iterator[Topic]:
    """The topic of this test alone; from now on the shop's gateways can reach it."""
    shop.kafka = KafkaSettings(bootstrap_servers=kafka.bootstrap_servers, topic_prefix=f"till{next(_numbers)}.")
    apply_catalogue(shop.kafka, [TOPICS[RECEIPTS_TOPIC]])
    event_log = KafkaLog(shop.kafka)
    yield Topic(event_log)
    event_log.close()
