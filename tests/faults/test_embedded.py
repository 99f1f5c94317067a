"""The embedded system under its own misfortunes: the database killed, the parent killed early, a folder confused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from services.embedded import EmbeddedSystem
from services.profile import Profile, WrongFolderError
from shared.testing.waiting import until
from tests.conftest import Database
from tests.support.processes import environment_of


@pytest.mark.timeout(150)
def test_a_database_that_is_killed_is_started_again_and_the_system_serves(tmp_path: Path) -> None:
    with EmbeddedSystem(tmp_path / "data") as system, httpx2.Client(trust_env=False, timeout=10) as client:
        client.headers["Authorization"] = f"Bearer {system.operator_token(10)}"

        def ready() -> bool:
            try:
                return client.get(f"{system.address}/readyz").is_success
            except httpx2.TransportError:
                return False

        store = {"store": "A", "name": "A", "time_zone": "UTC", "currency": "USD", "tills": ["1"]}
        assert client.post(f"{system.address}/api/stores/v1/stores", json=store).is_success
        os.kill(system.postgres_pid, signal.SIGKILL)
        until(lambda: not ready(), timeout_s=20, what="the database to be gone")
        until(ready, timeout_s=60, what="the system to serve again")
        assert client.get(f"{system.address}/api/stores/v1/stores/A").json()["store"] == "A"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("role", [["worker"], ["api", "--port", "18931"]])
def test_a_process_whose_parent_died_before_it_looked_ends(database: Database, tmp_path: Path, role: list[str]) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    database.log()
    environment = {**os.environ, **environment_of(database, tmp_path), "REGULARS_PARENT": str(gone.pid)}
    orphan = subprocess.Popen(
        [sys.executable, "-m", "services.processes", *role],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    # By the signal that it gives itself, or in order if it had begun to serve; without a parent's number it stays.
    assert orphan.wait(30) in {-signal.SIGTERM, 0}


def test_a_first_start_that_was_killed_is_begun_again(tmp_path: Path) -> None:
    half_made = tmp_path / "data" / "postgres"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("")
    with EmbeddedSystem(tmp_path / "data", processes=False) as system, system.engine("stores").connect() as connection:
        assert connection.scalar(text("select count(*) from events")) == 0
    with EmbeddedSystem(tmp_path / "data", processes=False):
        assert len(list((tmp_path / "data").glob("postgres.half-made-*"))) == 1


def test_a_folder_keeps_the_clock_it_was_made_with(tmp_path: Path) -> None:
    end_of_year = datetime(2017, 12, 31, tzinfo=UTC)
    demo, plain = tmp_path / "demo", tmp_path / "plain"
    made = Profile.of(demo, "America/New_York", end_of_year)
    assert Profile.of(demo, None, None) == made, "regulars dev on a demo's folder keeps the demo's clock"
    Profile.of(plain, None, None)
    with pytest.raises(WrongFolderError, match="use another --data-dir"):
        Profile.of(plain, "UTC", end_of_year)
    with pytest.raises(WrongFolderError, match="time zone"):
        Profile.of(demo, "UTC", None)
