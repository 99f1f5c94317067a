"""Topics of a test's own on the shared broker."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient

from services.kafka_local import LocalKafka
from shared.messaging.kafka_settings import KafkaSettings
from shared.messaging.topics_kafka import apply_catalogue

SESSION_MS = 6_000
_numbers = itertools.count(1)


@contextmanager
def own_topics(kafka: LocalKafka, *, copies: int = 1) -> Iterator[KafkaSettings]:
    """Every topic of the catalogue, empty, under a prefix of its own."""
    settings = KafkaSettings(
        bootstrap_servers=kafka.bootstrap_servers,
        topic_prefix=f"own{os.getpid()}-{next(_numbers)}.",
        session_timeout_ms=SESSION_MS,
        replication_factor=copies,
    )
    apply_catalogue(settings)
    yield settings
    admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    admin.delete_topics([topic for topic in admin.list_topics() if topic.startswith(settings.topic_prefix)])
    admin.close()


def variables(settings: KafkaSettings) -> dict[str, str]:
    """The environment that says the same to a process."""
    return {
        "REGULARS_LOG_DATABASE_URL": "",
        "REGULARS_KAFKA_BOOTSTRAP_SERVERS": settings.bootstrap_servers,
        "REGULARS_KAFKA_TOPIC_PREFIX": settings.topic_prefix,
        "REGULARS_KAFKA_SESSION_TIMEOUT_MS": str(settings.session_timeout_ms),
    }
