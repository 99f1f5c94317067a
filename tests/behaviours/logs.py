"""The event logs that the behaviour suites run on, and what an operator or time does to each."""

from __future__ import annotations

from typing import Protocol

from kafka import KafkaAdminClient, KafkaProducer
from kafka import TopicPartition as ClientPartition

from shared.contracts.envelope import Outgoing, decode_headers
from shared.contracts.topics import TOPICS
from shared.database.batch import run
from shared.messaging.kafka_settings import KafkaSettings
from shared.messaging.log import EventLog, partition_of
from shared.messaging.log_kafka import KafkaLog
from shared.messaging.topics_kafka import apply_catalogue
from shared.testing.waiting import until
from tests.conftest import Database
from tests.support.consuming import TOPIC


class Operations(Protocol):
    """One log of a test."""

    def make(self) -> EventLog:
        """The log with its topics, empty."""

    def trim(self, partition: int, *, below: int) -> None:
        """Retention removes records."""

    def publish_before_a_hole(self, event_log: EventLog, record: Outgoing) -> None:
        """Publishes `record`; the offset behind it will never hold one."""

    def recreate(self) -> EventLog:
        """The topic is deleted and made anew; the log as a process started afterwards sees it."""

    def close(self) -> None:
        """Removes what the test left behind."""


class PostgresOperations:
    """The embedded log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self) -> EventLog:
        return self._database.log()

    def trim(self, partition: int, *, below: int) -> None:
        with self._database.engine("log").begin() as connection:
            run(
                connection,
                'delete from records where partition = %(partition)s and "offset" < %(below)s',
                {"partition": partition, "below": below},
            )

    def publish_before_a_hole(self, event_log: EventLog, record: Outgoing) -> None:
        event_log.publish([record])
        with self._database.engine("log").begin() as connection:
            run(
                connection,
                "update partitions set end_offset = end_offset + 1"
                " where topic = %(topic)s and partition = %(partition)s",
                {"topic": record.topic, "partition": partition_of(record.key, TOPICS[TOPIC].partitions)},
            )

    def recreate(self) -> EventLog:
        with self._database.engine("log").begin() as connection:
            run(connection, "delete from topics where topic = %(topic)s", {"topic": TOPIC})
            run(connection, "delete from records where topic = %(topic)s", {"topic": TOPIC})
        return self._database.log()

    def close(self) -> None:
        """The database goes as a whole."""


class KafkaOperations:
    """Real Kafka. Each test has topics and groups of its own, told apart by a prefix."""

    def __init__(self, bootstrap_servers: str, prefix: str, *, replicas: int = 1) -> None:
        self.settings = KafkaSettings(
            bootstrap_servers=bootstrap_servers,
            topic_prefix=prefix,
            session_timeout_ms=6_000,
            replication_factor=replicas,
        )
        self._admin = KafkaAdminClient(bootstrap_servers=bootstrap_servers)
        self._logs: list[EventLog] = []

    def make(self) -> EventLog:
        self._create()
        return self._opened()

    def trim(self, partition: int, *, below: int) -> None:
        self._admin.delete_records({ClientPartition(self._topic, partition): below})

    def publish_before_a_hole(self, event_log: EventLog, record: Outgoing) -> None:  # noqa: ARG002
        # The mark at a transaction's end takes an offset.
        producer = KafkaProducer(
            bootstrap_servers=self.settings.bootstrap_servers,
            transactional_id=f"{self.settings.topic_prefix}{record.event_id}",
        )
        producer.init_transactions()
        producer.begin_transaction()
        headers = list(decode_headers(record.headers).items())
        producer.send(self._topic, key=record.key, value=record.body, headers=headers)
        producer.commit_transaction()
        producer.close()

    def recreate(self) -> EventLog:
        self._delete()
        self._create()
        return self._opened()

    def close(self) -> None:
        for event_log in self._logs:
            event_log.close()
        self._delete()
        self._admin.close()

    @property
    def _topic(self) -> str:
        return self.settings.physical(TOPIC)

    def _opened(self) -> EventLog:
        self._logs.append(KafkaLog(self.settings))
        return self._logs[-1]

    def _create(self) -> None:
        apply_catalogue(self.settings, [TOPICS[TOPIC]])

    def _delete(self) -> None:
        if self._topic not in self._admin.list_topics():
            return
        self._admin.delete_topics([self._topic])
        until(lambda: self._topic not in self._admin.list_topics(), what="the topic to be gone")
