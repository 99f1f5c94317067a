"""The stream of changes, over a real server, from the commit of a consumer to the page."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import text

from shared.contracts.campaigns import CampaignPaused
from shared.kernel.ids import new_id
from shared.messaging.batches import BatchReader
from shared.messaging.log import Member
from shared.runtime.health import Health
from shared.runtime.http import build_app
from shared.runtime.http_server import HttpServer
from shared.testing.waiting import until
from tests.support.access import access, bearer
from tests.support.chain_news import NOON, member, outgoing, registered, sale, store, written_to
from tests.support.records import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shared.messaging.log_postgres import PostgresLog
    from shared.runtime.service import Service
    from tests.conftest import Database

WITHIN_S = 2.0
ALL = {"members", "sales", "campaigns", "messages", "operations"}
Said = list[tuple[str, str | None]]


@pytest.fixture
def event_log(database: Database) -> PostgresLog:
    return database.log()


@pytest.fixture
def _running(service: Service, event_log: PostgresLog) -> Iterator[None]:
    """Every consumer runs, as in a process of the service."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=event_log.feed, args=(BatchReader(service.engine, c, event_log), Member(), stop))
        for c in service.consumers
    ]
    for thread in threads:
        thread.start()
    yield
    stop.set()
    for thread in threads:
        thread.join()


@pytest.fixture
def server(service: Service) -> Iterator[HttpServer]:
    health = Health()
    app = build_app([service], access=access(), health=health)
    served = HttpServer(app, health, host="127.0.0.1", port=0, ended=threading.Event())
    served.start()
    yield served
    served.stop()


@contextmanager
def listening(server: HttpServer, **who: Any) -> Iterator[Said]:
    """What a page hears, once it has been told that everything changed."""
    said: Said = []
    ended = threading.Event()

    def listen() -> None:
        headers = bearer(**({"role": "operator"} | who))
        url = f"http://127.0.0.1:{server.port}/api/console/v1/live"
        with httpx2.Client(trust_env=False, timeout=30) as client, client.stream("GET", url, headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    news = json.loads(line.removeprefix("data: "))
                    said.append((news["topic"], news.get("id")))
                if ended.is_set():
                    return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    until(lambda: {topic for topic, _ in said} == ALL, what="the stream to begin")
    said.clear()
    yield said
    ended.set()


def heard(said: Said, *news: tuple[str, str | None]) -> Callable[[], bool]:
    return lambda: set(news) <= set(said)


@pytest.mark.usefixtures("_running")
def test_a_sale_is_on_the_page_within_two_seconds(server: HttpServer, event_log: PostgresLog) -> None:
    event_log.publish([outgoing(store("E1")), outgoing(registered("ada"))])
    with listening(server) as said:
        said.clear()
        started = time.monotonic()
        event_log.publish([outgoing(sale("ada", 1))])
        until(heard(said, ("sales", "E1"), ("members", None)), timeout_s=WITHIN_S, what="the sale")
        assert time.monotonic() - started < WITHIN_S
        event_log.publish([outgoing(written_to("ada"))])
        until(heard(said, ("messages", None)), timeout_s=WITHIN_S, what="the message")
        paused = CampaignPaused(campaign_id=member("campaign"), campaign_version=1, occurred_at=NOON)
        event_log.publish([wrapped(paused, str(paused.campaign_id), new_id())])
        until(heard(said, ("campaigns", None)), timeout_s=WITHIN_S, what="the campaign")
        assert str(member("ada")) not in str(said)


def test_whoever_has_a_store_hears_of_its_sales_only(server: HttpServer, hear: Callable[..., None]) -> None:
    hear(store("E1", region="east"), store("W1", region="west"))
    with listening(server, role="clerk", stores=["E1"]) as said, listening(server) as everything:
        hear(sale("ada", 1, at="W1"))
        until(heard(everything, ("sales", "W1")))
        hear(sale("ada", 2, at="E1"))
        until(heard(said, ("sales", "E1")))
        assert ("sales", "W1") not in said


def test_many_stores_at_once_are_one_change_of_all(server: HttpServer, hear: Callable[..., None]) -> None:
    with listening(server) as said:
        hear(*(sale("ada", n, at=f"S{n}") for n in range(21)))
        until(heard(said, ("sales", None)))
        assert not [id_ for _, id_ in said if id_]


def test_what_was_said_while_the_database_was_away_is_made_up_for(
    server: HttpServer, database: Database, hear: Callable[..., None]
) -> None:
    with listening(server) as said:
        with database.superuser().connect() as connection:
            connection.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name = 'regulars-console-live' and datname = current_database()"
                )
            )
        until(lambda: {topic for topic, _ in said} == ALL, what="everything to be told as changed")
        hear(sale("ada", 1))
        until(heard(said, ("sales", "E1")))


def test_a_process_that_ends_does_not_wait_for_open_pages(server: HttpServer) -> None:
    with listening(server):
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 5


def test_nobody_listens_to_the_database_when_no_page_is_open(server: HttpServer, database: Database) -> None:
    def ears() -> int:
        with database.superuser().connect() as connection:
            return connection.execute(
                text(
                    "select count(*) from pg_stat_activity"
                    " where application_name = 'regulars-console-live' and datname = current_database()"
                )
            ).scalar_one()

    url = f"http://127.0.0.1:{server.port}/api/console/v1/live"
    with httpx2.Client(trust_env=False, headers=bearer("clerk", stores=["E1"])) as client:
        assert client.get(url, params={"seconds": 1}).text.startswith(": regulars")
    until(lambda: ears() == 0, what="the ear to close")
