"""Somebody who writes broken records to real topics, and knows what every consumer has to make of each."""

from __future__ import annotations

import subprocess
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kafka import KafkaProducer

from shared.contracts.topics import BATCH_BYTES_MAX, TOPICS
from tests.support.hostile import Case, Raw, good
from tests.support.tools import tool

if TYPE_CHECKING:
    from shared.messaging.consumer import Consumer
    from shared.messaging.kafka_settings import KafkaSettings

RECEIPTS = "stores.receipts"
FOLLOWERS = {
    "pos.receipts.v1": ["pos.receipt.v1"],
    "stores.sales.v1": ["stores.sale_recorded.v1"],
    "stores.registry.v1": ["stores.store_registered.v1"],
    "customers.events.v1": ["customers.identifier_linked.v1", "customers.registered.v1", "customers.member_opened.v1"],
    "segmentation.memberships.v1": ["segmentation.segment_entered.v1"],
    "campaigns.events.v1": ["campaigns.campaign_started.v1", "campaigns.funding_shared.v1"],
    "notifications.requests.v1": ["notifications.send_requested.v1"],
    "notifications.events.v1": ["notifications.message_planned.v1"],
}
"""What comes behind a broken record with the same key, by topic."""


@dataclass
class Expected:
    """What every consumer makes of everything."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    parked: dict[tuple[str, str, int], tuple[str, str]] = field(default_factory=dict)
    """(consumer, topic, offset) -> reason, and what the record is."""
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, consumer: Consumer, topic: str, offset: int, outcome: str, what: str = "good") -> None:
        kind, _, reason = outcome.partition(":")
        self.counts.setdefault(consumer.name, Counter())[kind] += 1
        if kind == "parked":
            self.parked[consumer.name, topic, offset] = reason, what
        elif kind == "refused":
            self.refused[consumer.name, reason] += 1


def expected(consumer: Consumer, case: Case, raw: Raw) -> str:
    """What `consumer` makes of `raw`, broken by `case`."""
    if consumer.name == RECEIPTS:
        return case.receipts
    if case.at_once:
        return case.outcome if case.outcome == "passed_over" else f"parked:{case.outcome}"
    if raw.type not in consumer.views:
        return "passed_over"
    unread = case.field is not None and case.field not in consumer.views[raw.type].model_fields
    if unread or (case.outcome == "key_missing" and consumer.order == "none"):
        return "applied"
    return case.outcome if case.outcome == "applied" else f"parked:{case.outcome}"


def expected_behind(consumer: Consumer, behind: str, raw: Raw) -> str:
    """What `consumer` makes of a good record that follows one of its key, which had the outcome `behind`."""
    if raw.type not in consumer.views:
        return "passed_over"
    waits = consumer.order == "key" and behind.startswith("parked") and raw.type not in consumer.urgent
    return "parked:behind_parked" if waits else "applied"


class Stranger:
    """Writes whatever it likes, and remembers what every consumer has to make of it."""

    def __init__(self, settings: KafkaSettings, consumers: list[Consumer]) -> None:
        self._settings = settings
        self._consumers = consumers
        self._producer = KafkaProducer(
            bootstrap_servers=settings.bootstrap_servers,
            max_request_size=BATCH_BYTES_MAX,
            linger_ms=5,
        )
        self._sent: list[Any] = []
        self.offsets = dict.fromkeys(TOPICS, 0)
        self.expected = Expected({consumer.name: Counter() for consumer in consumers})

    def write(self, raw: Raw) -> int:
        """Everything of a topic goes to one partition: what is behind a broken record is really behind it."""
        topic, partition = self._settings.physical(raw.topic), partition_of(raw.topic)
        if any(isinstance(name, bytes) or value is None for name, value in raw.headers):
            # Neither Python client writes such a header.
            self.flush()
            headers = [part for header in raw.headers for part in ("-H", _as_kcat_wants(*header))]
            command = [tool("kcat"), "-P", "-b", self._settings.bootstrap_servers, "-t", topic, "-p", str(partition)]
            subprocess.run(
                [*command, "-k", raw.key or b"", *headers], input=(raw.value or b"") + b"\n", check=True, timeout=20
            )
        else:
            sent = self._producer.send(topic, raw.value, raw.key, list(raw.headers), partition)
            self._sent.append(sent)
        self.offsets[raw.topic] += 1
        return self.offsets[raw.topic] - 1

    def write_good(self, raw: Raw) -> None:
        offset = self.write(raw)
        for consumer in self._readers(raw.topic):
            outcome = "applied" if raw.type in consumer.views else "passed_over"
            self.expected.note(consumer, raw.topic, offset, outcome)

    def write_broken(self, type_: str, case: Case, name: str) -> None:
        """The broken record, good ones of its key behind it, and one of another key behind those."""
        made = good(type_, name)
        broken = case.breaks(made)
        offset = self.write(broken)
        outcomes = {}
        for consumer in self._readers(made.topic):
            outcomes[consumer.name] = expected(consumer, case, made)
            self.expected.note(consumer, made.topic, offset, outcomes[consumer.name], f"{type_}: {case.name}")
        for follower in FOLLOWERS.get(made.topic, []) if broken.key is not None else []:
            behind = good(follower, f"{name}-behind")
            behind = Raw(behind.topic, behind.type, broken.key, behind.headers, behind.value)
            offset = self.write(behind)
            for consumer in self._readers(made.topic):
                outcome = expected_behind(consumer, outcomes[consumer.name], behind)
                self.expected.note(consumer, made.topic, offset, outcome)
        self.write_good(good(type_, f"{name}-other"))

    def close(self) -> None:
        self._producer.close()

    def flush(self) -> None:
        """Returns when everything is in the log."""
        for sent in self._sent:
            sent.get(30)
        self._sent.clear()

    def _readers(self, topic: str) -> list[Consumer]:
        return [consumer for consumer in self._consumers if topic in consumer.topics]


def partition_of(topic: str) -> int:
    return 5 % TOPICS[topic].partitions


def _as_kcat_wants(name: str | bytes, value: bytes | None) -> bytes:
    written = name if isinstance(name, bytes) else name.encode()
    return written if value is None else written + b"=" + value
