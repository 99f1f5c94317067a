"""SIGTERM while a database hangs in the middle of a batch: the process ends all the same, and says why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from shared.testing.waiting import until
from tests.support.kafka import own_topics, variables
from tests.support.processes import environment_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from services.kafka_local import LocalKafka
    from tests.conftest import Database

STOP_S_MAX = 15
# A worker as it is, but for its patience.
WORKER = """
from services import processes
from shared.runtime import worker
worker.JOIN_S_MAX = 1.0
processes.worker(index=0, count=1)
"""


@pytest.fixture
def superuser(database: Database) -> Iterator[Connection]:
    with database.superuser().connect() as connection:
        yield connection


def waiting_backends(connection: Connection) -> list[int]:
    """The server's processes whose statements wait for a lock of this test's database."""
    asked = "select l.pid from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = :name"
    name = connection.execute(text("select current_database()")).scalar_one()
    return [pid for (pid,) in connection.execute(text(asked), {"name": name})]


@pytest.mark.timeout(120)
def test_a_database_that_hangs_does_not_keep_a_worker_from_ending(
    database: Database,
    kafka: LocalKafka,
    superuser: Connection,
    tmp_path: Path,
) -> None:
    spans, lines, hung = tmp_path / "spans.jsonl", tmp_path / "worker.log", list[int]()
    traces = {"REGULARS_TRACES_FILE": str(spans), "REGULARS_TRACES_RATIO": "1"}
    superuser.execute(text("lock table stores.consumer_offsets in access exclusive mode"))
    with own_topics(kafka) as settings, lines.open("ab") as output:
        environment = os.environ | environment_of(database, tmp_path) | variables(settings) | traces
        process = subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stdout=output, stderr=output)
        try:
            until(lambda: hung.extend(waiting_backends(superuser)) or hung, timeout_s=60, what="a consumer to wait")
            # From now on nothing that the server promised holds for them, not even the limit of a lock's wait.
            for backend in set(hung):
                os.kill(backend, signal.SIGSTOP)
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_S_MAX) == 1
        finally:
            process.kill()
            process.wait()
            for backend in set(hung):
                os.kill(backend, signal.SIGCONT)
            superuser.rollback()
    assert "thread_abandoned" in lines.read_text()
    assert '"name": "job ' in spans.read_text(), "what was recorded is kept"
