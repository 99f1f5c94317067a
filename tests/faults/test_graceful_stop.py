"""SIGTERM under load: processes are replaced one after the other, and nobody notices.

Two api processes share one listening socket that a parent holds open, as systemd would. Tills send without ever trying
again; a worker is replaced meanwhile as well.
"""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Self

import httpx2
import pytest

from shared.database.batch import fetch
from shared.kernel.ids import derived_id
from shared.testing.waiting import until
from tests.support.access import bearer
from tests.support.auditing import audit_all
from tests.support.processes import Processes
from tests.support.world import Step

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Database
    from tests.support.proof_keeping import Proof

TILLS = 6
STOP_S_MAX = 15.0
REPLACED = 2
STORES = {
    "stores": [
        {
            "store": "SH-1",
            "name": "One",
            "time_zone": "Asia/Shanghai",
            "currency": "CNY",
            "tills": [str(till) for till in range(TILLS)],
        },
    ],
}
MEMBERS = {
    "customers": [{"customer_id": str(derived_id("graceful", till)), "card": f"88000{till}"} for till in range(TILLS)],
}
# What systemd does: the socket is descriptor 3, and LISTEN_PID names whom it is for.
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.argv[2], sys.argv[2:])
"""


class Apis:
    """Api processes over one socket."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._socket.getsockname()[1]
        self._numbers = itertools.count()
        self.running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.running:
            process.kill()
            process.wait()
        self._socket.close()

    def start(self) -> None:
        """One more; returns once it accepts."""
        handed = self._socket.fileno()
        number = next(self._numbers)
        lines = self._folder / f"api-{number}.log"
        with lines.open("ab") as output:
            command = ["-m", "services.processes", "api", "--port", "0"]
            self.running.append(
                subprocess.Popen(
                    [sys.executable, "-c", HAND_OVER, str(handed), sys.executable, *command],
                    env=os.environ | self._environment | {"REGULARS_PARENT": str(os.getpid())},
                    pass_fds=[handed],
                    stdout=output,
                    stderr=output,
                ),
            )

        until(lambda: '"serving"' in lines.read_text(), timeout_s=60, what=f"api {number} to accept")

    def stop_oldest(self) -> tuple[int, float]:
        """SIGTERM to the oldest; its exit code and how long it took."""
        oldest, began = self.running.pop(0), time.monotonic()
        oldest.send_signal(signal.SIGTERM)
        try:
            code = oldest.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            oldest.kill()
            raise
        return code, time.monotonic() - began


class Till(threading.Thread):
    """Sends receipts one after the other over connections that are kept alive; never sends one twice."""

    def __init__(self, port: int, number: int, stop: threading.Event) -> None:
        super().__init__(name=f"till-{number}", daemon=True)
        self._number = number
        self._over = stop
        self._client = httpx2.Client(
            base_url=f"http://127.0.0.1:{port}/api", headers=bearer(), timeout=20, trust_env=False
        )
        self.sent: list[str] = []
        self.failed: list[str] = []

    def run(self) -> None:
        while not self._over.is_set():
            number = f"R{len(self.sent):05d}"
            self.sent.append(number)
            try:
                answer = self._client.post("/stores/v1/receipts", json={"receipts": [self._receipt(number)]})
            except httpx2.TransportError as error:
                self.failed.append(f"{number}: {error!r}")
                continue
            if not answer.is_success or answer.json()["counts"]["recorded"] != 1:
                self.failed.append(f"{number}: {answer.status_code} {answer.text[:200]}")
            # Some connections rest longer than others: an idle one must not break either.
            self._over.wait(0.02 * (self._number % 3))
        self._client.close()

    def _receipt(self, number: str) -> dict[str, object]:
        return {
            "store": "SH-1",
            "till": str(self._number),
            "number": number,
            "occurred_at": "2026-03-19T10:00:00+08:00",
            "total_minor": 100,
            "member": {"card": f"88000{self._number}"},
            "lines": [{"product": "TEA", "quantity": 1, "amount_minor": 100}],
        }


@pytest.mark.timeout(180)
def test_replacing_every_process_under_load_fails_no_request_and_loses_nothing(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    proof: Proof,
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    with Processes(database, tmp_path) as processes, Apis(processes.environment, tmp_path) as apis:
        assert processes.send(Step("/stores/v1/stores/batch", STORES)).is_success
        assert processes.send(Step("/customers/v1/customers/batch", MEMBERS)).is_success
        processes.settle()
        for _ in range(2):
            apis.start()
        stop = threading.Event()
        tills = [Till(apis.port, number, stop) for number in range(TILLS)]
        for till in tills:
            till.start()
        until(lambda: all(len(till.sent) > 5 for till in tills), timeout_s=60, what="the tills to be at work")
        stopped = []
        for _ in range(REPLACED):
            apis.start()
            stopped.append(apis.stop_oldest())
        assert processes.restart("worker", within_s=STOP_S_MAX) == 0
        stop.set()
        for till in tills:
            till.join(30)
        assert [code for code, _ in stopped] == [0] * REPLACED
        assert max(took for _, took in stopped) < STOP_S_MAX
        assert [failure for till in tills for failure in till.failed] == []
        processes.settle()

    sent = Counter((str(till._number), number) for till in tills for number in till.sent)
    assert sum(sent.values()) > 100
    with database.engine("stores").begin() as connection:
        rows = fetch(
            connection,
            "select data->'receipt'->>'till_id', data->'receipt'->>'number' from events"
            " where type = 'receipt_recorded'",
        )
    assert Counter(map(tuple, rows)) == sent
    with database.engine("loyalty").begin() as connection:
        assert fetch(connection, "select count(*), sum(points) from receipt_points")[0] == (len(sent), len(sent))
    invariants = (*audit_all(database, database.log()), "0 failed requests", "every sale is there once")
    proof(
        "SIGTERM to every process under load, one after the other", case="13", promises=("P10",), invariants=invariants
    )
