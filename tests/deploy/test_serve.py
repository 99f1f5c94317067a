"""`regulars serve`: a process that needs only what is its own, says when it is not ready, and ends in order."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import httpx2

from shared.testing.waiting import until
from tests.support.commands import regulars, running

if TYPE_CHECKING:
    from pathlib import Path

    from tests.deploy.conftest import Databases


def test_a_service_is_not_ready_before_its_migrations_and_is_ready_after_them(
    databases: Databases, tmp_path: Path
) -> None:
    # Nothing but what `loyalty` itself needs for its API: no other service's settings, and no event log.
    environment = {**databases.environment(), "REGULARS_ACCESS_BUILT_IN_DIR": str(tmp_path / "issuer")}
    assert regulars("migrate", "loyalty", "--prepare", environment=environment).code == 0
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ("serve", "loyalty", "--role", "api", "--port", str(port))
    with running(*command, environment=environment) as process, httpx2.Client(trust_env=False, timeout=10) as client:

        def ask(path: str) -> httpx2.Response | None:
            try:
                return client.get(f"http://127.0.0.1:{port}{path}")
            except httpx2.TransportError:
                return None

        until(lambda: process.exitcode is not None or ask("/livez"), what="the process to serve")
        waiting = ask("/readyz")
        assert waiting is not None
        assert waiting.status_code == 503
        assert "run: regulars migrate" in waiting.text
        assert regulars("migrate", "loyalty", environment=environment).code == 0
        until(lambda: (answer := ask("/readyz")) is not None and answer.is_success, what="the process to be ready")

        second = regulars(*command, environment=environment)
        assert second.code == 2
        assert f"cannot serve on 127.0.0.1, port {port}: Address already in use" in " ".join(second.stderr.split())

        process.terminate()
        process.join(30)
        assert process.exitcode == 0


def test_a_service_whose_database_is_not_there_says_what_to_do(databases: Databases, tmp_path: Path) -> None:
    environment = {**databases.environment(), "REGULARS_STORES_KEYS_DIR": str(tmp_path / "keys")}
    command = ("serve", "stores", "--role", "relay", "--port", "0")
    early = regulars(*command, environment=environment)
    assert early.code == 2
    assert "the database of stores does not answer" in early.stderr
    assert regulars("migrate", "stores", "--prepare", environment=environment).code == 0
    empty = regulars(*command, environment=environment)
    assert empty.code == 2
    assert "run: regulars migrate stores" in empty.stderr
    assert not (tmp_path / "keys").exists(), "no key is made for a database that cannot know it yet"
