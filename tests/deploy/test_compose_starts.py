"""Every service of docker-compose.yml, started by the very command, environment and secrets that the file gives.

There may be no container engine here, so each container is a process: `kafka` and `postgres` are the run's real ones,
/run/secrets and the volumes are folders, and each container's port 8080 is a port of this machine. Nothing else
differs.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from services.local import SERVICES
from shared.testing.waiting import until
from tests.support.compose import ROOT, ComposeFile, entrypoint, load

if TYPE_CHECKING:
    from services.kafka_local import LocalKafka
    from tests.deploy.conftest import Databases

CARD = "6225880137"
CUSTOMER = "0199a2f0-0000-7000-8000-000000000001"
_BIN = Path(sys.executable).parent


@dataclass
class Host:
    """What containers have from Docker, as processes get it here."""

    compose: ComposeFile
    databases: Databases
    kafka: LocalKafka
    folder: Path
    prefix: str = field(default_factory=lambda: f"deploy{secrets.token_hex(3)}.")
    ports: dict[str, int] = field(default_factory=dict)

    def make_secrets(self) -> list[str]:
        """By the operator's own script; only the server behind the name postgres is another. The passwords."""
        made = self.folder / "made"
        subprocess.run([ROOT / "deploy" / "make-secrets", made], check=True, stdout=subprocess.DEVNULL)
        passwords = []
        for file in made.iterdir():
            value = file.read_text()
            # What the operator fills in later is empty at first.
            passwords += [password] if (password := value.partition("@")[0].rpartition(":")[2]) else []
            if file.name == "regulars_superuser_database_url":
                value = self.databases.superuser_url.render_as_string(hide_password=False)
            elif file.name.endswith("_database_url"):
                service = value.rpartition("/regulars_")[2]
                sign_in = value.partition("@")[0]
                value = f"{sign_in}@/{self.databases.name_of(service)}?host={self.databases.host}"
            (self.databases.folder / file.name).write_text(value)
        return passwords

    def mapped(self, text: str, name: str) -> str:
        """Names and paths that only containers have, in `text` of the container `name`."""
        text = text.replace("kafka:9092", self.kafka.bootstrap_servers)
        for other in self.compose.services:
            text = text.replace(f"{other}:8080", f"127.0.0.1:{self.port_of(other)}")
        text = text.replace("8080", str(self.port_of(name))).replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - not here
        return text.replace("/var/lib/regulars", str(self.folder / "volumes"))

    def environment_of(self, name: str) -> dict[str, str]:
        service = self.compose.services[name]
        own = self.folder / "secrets" / name
        own.mkdir(parents=True, exist_ok=True)
        for secret in service.get("secrets", ()):
            shutil.copy(self.databases.folder / secret, own)
        given = {key: self.mapped(str(value), name) for key, value in service.get("environment", {}).items()}
        return {
            "PATH": f"{_BIN}:{os.environ['PATH']}",
            "REGULARS_SECRETS_DIR": str(own),
            "REGULARS_KAFKA_TOPIC_PREFIX": self.prefix,
            **given,
        }

    def command_of(self, name: str) -> list[str]:
        command = self.compose.services[name]["command"]
        return [str(_BIN / entrypoint()[0]), *(self.mapped(word, name) for word in command)]

    def start(self, name: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as output:
            return subprocess.Popen(
                self.command_of(name), env=self.environment_of(name), cwd=self.folder, stdout=output, stderr=output
            )

    def run_inside(self, name: str, *command: str) -> str:
        """What `docker compose exec NAME regulars COMMAND` prints: beside the service, as it is set."""
        ran = subprocess.run(
            [_BIN / entrypoint()[0], *command],
            env={**self.environment_of(name), "COLUMNS": "200"},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def healthy(self, name: str) -> bool:
        """By the container's own health check."""
        kind, *command = self.compose.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        look = [sys.executable if word == "python" else self.mapped(word, name) for word in command]
        return not subprocess.run(look, stderr=subprocess.DEVNULL, check=False).returncode

    def port_of(self, name: str) -> int:
        if name not in self.ports:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.ports[name] = probe.getsockname()[1]
        return self.ports[name]

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()


@pytest.fixture
def host(databases: Databases, kafka: LocalKafka, tmp_path: Path) -> Host:
    folder = tmp_path / "host"
    (folder / "volumes").mkdir(parents=True)
    return Host(load(), databases, kafka, folder)


@pytest.mark.timeout(300)
def test_the_system_of_the_file_comes_up_earns_points_and_ends_in_order(host: Host) -> None:
    passwords = host.make_secrets()
    assert host.compose.once() == ["prepare", "migrate", "topics"]
    for name in host.compose.once():
        once = host.start(name)
        assert once.wait(90) == 0, host.log_of(name)

    serving = [name for name in host.compose.ours() if name not in host.compose.once()]
    assert serving == [*SERVICES, "loyalty-worker", "segmentation-worker"]
    with ExitStack() as parts:
        running = {name: host.start(name) for name in serving}
        for process in running.values():
            parts.callback(process.wait)
            parts.callback(process.kill)
        for name, process in running.items():
            _wait_until_healthy(host, name, process)

        assert _earn_points(host) == 123
        _look_from_inside(host)

        for process in running.values():
            process.send_signal(signal.SIGTERM)
        ended = {name: process.wait(60) for name, process in running.items()}
        assert ended == dict.fromkeys(serving, 0), [host.log_of(name)[-2000:] for name in serving]
    logs = "".join(host.log_of(name) for name in host.compose.ours())
    assert not [password for password in (*passwords, CARD) if password in logs]


def _wait_until_healthy(host: Host, name: str, process: subprocess.Popen[bytes]) -> None:
    with httpx2.Client(trust_env=False) as client:

        def said() -> str:
            try:
                return client.get(f"http://127.0.0.1:{host.port_of(name)}/readyz").text
            except httpx2.TransportError as error:
                return str(error)

        # The check itself starts a Python, so it is asked when the process thinks that it is ready.
        until(lambda: process.poll() is not None or '"ready":true' in said(), timeout_s=150, what=f"{name}: {said()}")
        assert process.poll() is None, host.log_of(name)
        assert host.healthy(name), said()


def _earn_points(host: Host) -> int:
    """A member, a receipt of hers at a till, and the points that follow over Kafka."""
    token = host.run_inside("customers", "token", "--role", "operator").strip()

    def api(service: str) -> str:
        return f"http://127.0.0.1:{host.port_of(service)}/api/{service}/v1"

    with httpx2.Client(trust_env=False, timeout=20, headers={"Authorization": f"Bearer {token}"}) as client:

        def post(service: str, path: str, body: dict[str, Any]) -> None:
            answer = client.post(f"{api(service)}/{path}", json=body)
            assert answer.is_success, answer.text

        store = {"store": "A", "name": "A", "time_zone": "Asia/Shanghai", "currency": "CNY", "tills": ["1"]}
        post("stores", "stores", store)
        post("customers", "customers/batch", {"customers": [{"customer_id": CUSTOMER, "card": CARD}]})
        receipt = {
            "store": "A",
            "till": "1",
            "number": "1",
            "occurred_at": "2026-03-01T10:00:00+08:00",
            "total_minor": 12_345,
            "lines": [{"product": "P", "quantity": 1, "amount_minor": 12_345}],
            "member": {"card": CARD},
        }
        post("stores", "receipts", {"receipts": [receipt]})

        def points() -> int:
            answer = client.get(f"{api('loyalty')}/accounts/{CUSTOMER}")
            return int(answer.json()["available"]) if answer.is_success else 0

        until(points, timeout_s=60, what="the receipt's points")
        return points()


def _look_from_inside(host: Host) -> None:
    lag = host.run_inside("loyalty", "lag")
    assert "loyalty.sales" in lag
    assert "stores." not in lag.replace("stores.sales.v1", ""), "a container sees its own service"
    with httpx2.Client(trust_env=False) as client:
        worker = f"http://127.0.0.1:{host.port_of('loyalty-worker')}"
        assert client.get(f"{worker}/api/loyalty/v1/openapi.json").status_code in {401, 404}, "a worker has no API"
        assert "regulars_" in client.get(f"{worker}/metrics").text
