"""What happens on Kafka while something else is away: the database, the brokers, the client's own mind."""

from __future__ import annotations

import gc
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from sqlalchemy import create_engine, text
from structlog.testing import capture_logs

from services.kafka_local import LocalKafka
from shared.kernel.errors import TransientError
from shared.messaging import kafka_producing
from shared.messaging.batches import BatchReader
from shared.messaging.kafka_settings import KafkaSettings
from shared.messaging.log import EventLog, Member
from shared.messaging.log_kafka import KafkaLog
from shared.testing.waiting import until
from tests.behaviours.logs import KafkaOperations
from tests.conftest import Database
from tests.support.consuming import history, running, wait
from tests.support.kafka import own_topics
from tests.support.records import earned
from tests.support.stock import stock_consumer, stock_handler


@pytest.fixture
def event_log(kafka: LocalKafka) -> Iterator[EventLog]:
    with own_topics(kafka) as topics, closing(KafkaLog(topics)) as opened:
        yield opened


def test_a_record_that_failed_while_the_database_was_away_does_not_wait_for_the_next_one(
    database: Database,
    event_log: EventLog,
) -> None:
    consumer = stock_consumer(stock_handler())
    with running(database, event_log, consumer), capture_logs() as lines:
        event_log.publish([earned("a", 1)])
        wait(database, event_log)
        with out_of_reach(database):
            event_log.publish([earned("a", 2)])
            # The batch itself, and then the question where to go on.
            until(lambda: [line["event"] for line in lines].count("consumer_waits") > 1, what="two failures")
        wait(database, event_log)
    assert history(database, "a") == [1, 2]


def test_what_nobody_foresaw_in_the_client_ends_the_consumer(
    database: Database,
    event_log: EventLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the client is broken")

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", fail)
    reader, stop = BatchReader(database.engine("kernel"), stock_consumer(stock_handler()), event_log), threading.Event()
    patience = threading.Timer(15, stop.set)
    patience.start()
    with pytest.raises(RuntimeError, match="the client is broken"):
        event_log.feed(reader, Member(), stop)
    patience.cancel()


def test_a_producer_that_cannot_start_says_so_in_time_and_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kafka_producing, "ANSWER_S_MAX", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        for server in (silent, closed):
            event_log = KafkaLog(KafkaSettings(bootstrap_servers=f"127.0.0.1:{server.getsockname()[1]}"))
            began = time.monotonic()
            with warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                with pytest.raises(TransientError, match="Kafka does not answer"):
                    event_log.publish([earned("a", 1)])
                event_log.close()
                gc.collect()
            assert time.monotonic() - began < 10
            assert [str(warning.message) for warning in seen if "AIOKafka" in str(warning.message)] == []


def test_while_kafka_is_away_nobody_waits_for_ever(tmp_path: Path) -> None:
    with LocalKafka(tmp_path / "kafka") as away:
        operations = KafkaOperations(away.bootstrap_servers, "away.")
        event_log = operations.make()
        event_log.publish([earned("a", 1)])
        away.kill_broker(1)
        publishing = threading.Thread(target=_fails, args=(lambda: event_log.publish([earned("a", 2)]),))
        publishing.start()
        publishing.join(2)
        assert publishing.is_alive(), "it waits for Kafka"
        started = time.monotonic()
        event_log.close()
        publishing.join(5)
        assert not publishing.is_alive()
        assert time.monotonic() - started < 10


@contextmanager
def out_of_reach(database: Database) -> Iterator[None]:
    """Nobody gets into the database, and whoever was in it is out."""
    admin = create_engine(database.server.superuser_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"alter database {database.name} allow_connections false"))
        connection.execute(
            text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"),
            {"name": database.name},
        )
        yield
        connection.execute(text(f"alter database {database.name} allow_connections true"))
    admin.dispose()


def _fails(work: Callable[[], object]) -> None:
    with pytest.raises(TransientError):
        work()
