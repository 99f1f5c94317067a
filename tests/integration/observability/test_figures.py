"""Health and figures of a process, against real databases that are behind, away or wrong."""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY
from sqlalchemy import text

from services.loyalty import bootstrap as loyalty
from services.loyalty.audit.checks import MUST_BE_ZERO
from services.loyalty.settings import LoyaltySettings
from shared.access.audit_log import Entry, append
from shared.database.batch import run
from shared.database.engine import connect
from shared.kernel.clock import BusinessClock
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition
from shared.messaging.offsets import ConsumerStopped
from shared.messaging.progress import Progress
from shared.runtime import checks
from shared.runtime.checks import Advancing, relaying
from shared.runtime.health import Health
from shared.runtime.http import build_app
from shared.runtime.invariants import Invariants
from shared.runtime.sampling import Sampler
from shared.runtime.service import Service
from shared.runtime.worker import Worker
from tests.conftest import SCRIPTS, Database
from tests.support.stock import stock_handler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

TODAY = date(2026, 3, 20)


def kernel(engine: Engine) -> Service:
    return Service("kernel", engine, stock_handler(), APIRouter, migrations=SCRIPTS["kernel"])


def figure(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def answer(service: Service, path: str, health: Health | None = None) -> tuple[int, str]:
    with TestClient(build_app([service], health=health)) as client:
        got = client.get(path)
    return got.status_code, got.text


@pytest.fixture
def nowhere() -> Iterator[Engine]:
    engine = connect("postgresql+psycopg://regulars_kernel@127.0.0.1:1/none", schema="kernel")
    yield engine
    engine.dispose()


def test_a_process_is_ready_when_its_databases_answer_and_are_migrated(database: Database) -> None:
    service = kernel(database.engine("kernel"))
    assert answer(service, "/readyz") == (200, '{"ready":true,"checks":{"kernel.database":"ok"}}')
    with database.owner_engine("kernel").begin() as connection:
        connection.execute(text("update kernel.alembic_version set version_num = '2026_11_22'"))
    status, body = answer(service, "/readyz")
    assert status == 503
    assert "regulars migrate" in body
    # A newer release has migrated already: the one before goes on beside it.
    with database.owner_engine("kernel").begin() as connection:
        connection.execute(text("update kernel.alembic_version set version_num = '2099_01_01'"))
    assert answer(service, "/readyz")[0] == 200


def test_without_its_database_a_process_lives_is_not_ready_and_can_still_be_scraped(nowhere: Engine) -> None:
    service = kernel(nowhere)
    assert answer(service, "/livez") == (200, "ok")
    status, body = answer(service, "/readyz")
    assert (status, "OperationalError" in body, "127.0.0.1" in body) == (503, True, False)
    status, body = answer(service, "/metrics")
    assert (status, 'regulars_up{service="kernel"} 0.0' in body) == (200, True)
    assert figure("regulars_outbox_rows", service="kernel") is None


def test_a_process_that_ends_says_so_first_and_closes_its_connections(database: Database) -> None:
    health = Health()
    with TestClient(build_app([kernel(database.engine("kernel"))], health=health)) as client:
        assert "connection" not in client.get("/livez").headers
        health.stop()
        assert client.get("/readyz").status_code == 503
        assert client.get("/livez").headers["connection"] == "close"


def test_requests_of_strangers_make_no_labels(database: Database) -> None:
    with TestClient(build_app([kernel(database.engine("kernel"))])) as client:
        client.request("BREW", "/api/13800138000/v1/x")
        page = client.get("/metrics").text
    assert "BREW" not in page
    assert "13800138000" not in page
    assert re.search(r'regulars_http_request_seconds_count\{method="-",service="-",status="4xx"\} 1\.0', page)


def test_a_consumer_that_does_not_advance_is_not_ready(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "STEP_AGE_S_MAX", 0.05)
    engine, event_log, progress = database.engine("kernel"), database.log(), Progress()
    advancing = Advancing("kernel.levels", progress, engine, event_log)
    assert advancing() == "has no partitions yet"
    progress.partitions = ()
    assert advancing() is None, "a spare member is idle rightly"
    partition = TopicPartition("loyalty.events.v1", 3)
    progress.partitions = (partition,)
    pause(0.06)
    assert advancing() is None, "at the log's end there is nothing to do"
    put_records(database, partition, 5)
    assert advancing() is None, "they may have come just now"
    pause(0.06)
    assert "records wait" in (advancing() or "")
    progress.step()
    assert advancing() is None
    progress.stopped = "topic_recreated"
    assert "topic_recreated" in (advancing() or "")


def test_a_relay_that_does_not_finish_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "STEP_AGE_S_MAX", 0.05)
    progress = Progress()
    assert relaying(progress) is None
    pause(0.06)
    assert "relay_waits" in (relaying(progress) or "")


def test_a_stopped_consumer_is_told_by_its_name(database: Database) -> None:
    service = loyalty.build(database.settings(LoyaltySettings))
    [consumer] = [c for c in service.consumers if c.name == "loyalty.sales"]
    event_log = database.log()
    Worker([service], event_log, clock=BusinessClock(), time_zone="Asia/Shanghai")
    assert figure("regulars_consumer_stopped", consumer="loyalty.sales") == 0
    reader = BatchReader(service.engine, consumer, event_log)
    partition = TopicPartition("stores.sales.v1", 0)
    reader.positions([partition])
    with database.engine("log").begin() as connection:
        run(connection, "update topics set topic_id = gen_random_uuid() where topic = 'stores.sales.v1'")
    again = BatchReader(service.engine, consumer, database.log())
    with pytest.raises(ConsumerStopped):
        again.positions([partition])
    assert figure("regulars_consumer_stopped", consumer="loyalty.sales") == 1
    assert again.progress.stopped == "topic_recreated"
    service.engine.dispose()


def test_lag_outbox_and_parked_are_counted_by_service_and_consumer(database: Database) -> None:
    service, event_log = loyalty.build(database.settings(LoyaltySettings)), database.log()
    put_records(database, TopicPartition("stores.sales.v1", 2), 7)
    with service.engine.begin() as connection:
        run(
            connection,
            "insert into outbox (topic, key, event_id, headers, body)"
            " select 't', 'k', gen_random_uuid(), '', '' from generate_series(1, 3)",
        )
        run(
            connection,
            """insert into parked
                 (consumer, topic, partition, "offset", digest, headers, reason, detail, follower, claimed)
               select 'loyalty.sales', 't', 0, n, '', '', case n when 2 then 'erased' else 'x' end, '', false, true
               from generate_series(1, 2) n""",
        )
    sampler = Sampler([service], event_log, Health())
    sampler.refresh()
    sales = {"consumer": "loyalty.sales", "topic": "stores.sales.v1"}
    assert figure("regulars_consumer_lag_records", **sales) == 7
    assert figure("regulars_consumer_lag_records", consumer="loyalty.customers", topic="customers.events.v1") == 0
    assert figure("regulars_outbox_rows", service="loyalty") == 3
    assert figure("regulars_parked_rows", consumer="loyalty.sales") == 1, "one that was erased waits for nobody"
    assert figure("regulars_parked_rows", consumer="loyalty.relay") == 0
    first = figure("regulars_consumer_lag_seconds", **sales)
    sampler._looked_at = -1e9
    pause(0.05)
    sampler.refresh()
    assert first is not None
    assert (figure("regulars_consumer_lag_seconds", **sales) or 0) >= first + 0.05
    assert (figure("regulars_outbox_age_seconds", service="loyalty") or 0) >= 0.05
    service.engine.dispose()


def test_a_broken_invariant_is_shown_until_it_is_mended(database: Database) -> None:
    service = loyalty.build(database.settings(LoyaltySettings))
    assert set(MUST_BE_ZERO) == {"ledger_imbalance", "balance_mismatch"}

    def found() -> dict[str, float | None]:
        Invariants(service).measure(TODAY)
        names = ("ledger_imbalance", "balance_mismatch", "audit_chain")
        return {name: figure("regulars_must_be_zero", service="loyalty", check=name) for name in names}

    with service.engine.begin() as connection:
        append(connection, [Entry("a", "looked", f"customer/{n}", at=datetime.now(UTC)) for n in range(3)])
    assert found() == {"ledger_imbalance": 0, "balance_mismatch": 0, "audit_chain": 0}
    with database.superuser().begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("delete from loyalty.audit_log where number = 2"))
    assert found()["audit_chain"] == 1
    with service.engine.begin() as connection:
        run(connection, "insert into account_balance select gen_random_uuid(), 1, false, 5, 0, 0, 5, 0, 0, 0")
        run(
            connection,
            """insert into ledger_entries (customer_id, version, entry_no, transaction_id, kind, account, points,
                 occurred_at, business_date)
               select gen_random_uuid(), 1, 1, gen_random_uuid(), 'k', 'issued', 9, now(), now()""",
        )
    assert found() == {"ledger_imbalance": 1, "balance_mismatch": 2, "audit_chain": 1}
    with service.engine.begin() as connection:
        run(connection, "delete from account_balance")
        run(connection, "delete from ledger_entries")
    assert found() == {"ledger_imbalance": 0, "balance_mismatch": 0, "audit_chain": 1}
    service.engine.dispose()


@pytest.mark.parametrize(
    ("tampering", "rows"),
    [
        (["delete from kernel.audit_log_head"], 1),
        (["delete from kernel.audit_log_head", "delete from kernel.audit_log"], 1),
        (["update kernel.audit_log_head set number = 0"], 1),
        (["update kernel.audit_log_head set number = 0, hash = 'x'", "delete from kernel.audit_log"], 1),
        ([], 0),
    ],
)
def test_an_audit_chain_without_its_head_is_broken(database: Database, tampering: list[str], rows: int) -> None:
    service = kernel(database.engine("kernel"))

    def found() -> float | None:
        Invariants(service).measure(TODAY)
        return figure("regulars_must_be_zero", service="kernel", check="audit_chain")

    assert found() == 0, "an empty chain has a head that says so"
    with service.engine.begin() as connection:
        append(connection, [Entry("a", "looked", "customer/1", at=datetime.now(UTC))])
    with database.superuser().begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for statement in tampering:
            connection.execute(text(statement))
    assert found() == rows


def test_the_longer_a_look_at_the_invariants_the_rarer(database: Database) -> None:
    service = kernel(database.engine("kernel"))
    invariants = Invariants(service)
    before = time.monotonic()
    invariants.measure(TODAY)
    took = time.monotonic() - before
    assert invariants._rest_until >= time.monotonic()
    assert invariants._rest_until <= time.monotonic() + 100 * took
    seen = figure("regulars_must_be_zero_looked_at_timestamp_seconds", service="kernel")
    invariants.measure(TODAY)
    assert figure("regulars_must_be_zero_looked_at_timestamp_seconds", service="kernel") == seen


def put_records(database: Database, partition: TopicPartition, count: int) -> None:
    with database.engine("log").begin() as connection:
        run(
            connection,
            """
            with places as (
              update partitions set end_offset = end_offset + %(count)s where topic = %(topic)s and partition = %(n)s
              returning end_offset)
            insert into records (topic, partition, "offset", key, headers, body)
            select %(topic)s, %(n)s, "offset", 'key', '{}', '{}'
            from places, generate_series(end_offset - %(count)s, end_offset - 1) as g("offset")
            """,
            {"count": count, "topic": partition.topic, "n": partition.partition},
        )


def pause(seconds: float) -> None:
    """Time that has to pass because its passing is what is tested."""
    threading.Event().wait(seconds)
