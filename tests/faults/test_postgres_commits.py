"""COMMIT goes out and its answer does not come back: whoever asks again finds what was done, and nothing is done twice.

At each kind of writer. Beside it the harmless sister: the connection is cut before COMMIT arrives; nothing was done.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shared.database.batch import fetch
from shared.database.migrate import application_role
from shared.kernel.ids import new_id
from shared.testing.waiting import until
from tests.support.auditing import audit_all, figures
from tests.support.processes import SERVICES, Processes
from tests.support.proof import WHOLE, seeds, whole_only
from tests.support.proxy import Fault, Planned, Proxy
from tests.support.twins import assert_told_to_come_again, play, twin
from tests.support.world import World

if TYPE_CHECKING:
    import httpx2

    from shared.database.embedded import EmbeddedPostgres
    from tests.conftest import Database
    from tests.support.proof_keeping import Proof

WRITERS = {
    "a batch of receipts over HTTP": ("stores", "COPY events", "consumer_offsets"),
    "a consumer that adds events": ("loyalty", "update consumer_offsets", None),
    "a consumer that adds rows": ("segmentation", "update consumer_offsets", None),
    "a relay that deletes": ("stores", "delete from outbox", None),
    "the log that takes records": ("log", "update partitions", None),
    "a job of the day": ("loyalty", "insert into jobs", None),
}
"""Writer -> (whose database, what its transaction says, what it does not say)."""


class Lossy(Processes):
    """An api and a worker that reach their databases through a proxy each."""

    def __init__(self, database: Database, folder: Path, parts: ExitStack) -> None:
        super().__init__(database, folder)
        socket = Path(str(database.server.superuser_url.query["host"])) / ".s.PGSQL.5432"
        self.proxies = {name: parts.enter_context(Proxy(socket)) for name in (*SERVICES, "log")}
        for name, proxy in self.proxies.items():
            self.settings[f"REGULARS_{name.upper()}_DATABASE_URL"] = proxy.url(application_role(name), database.name)

    def lose(self, writer: str, fault: Fault) -> Planned:
        """Plans `fault` for the next commit of `writer`."""
        service, said, unsaid = WRITERS[writer]
        return self.proxies[service].plan(fault, said, unsaid=unsaid)


def redeem(processes: Lossy, fault: Fault) -> str:
    """Reserves points with a key, as a till does that asks again until it is answered; the redemption."""
    [[customer]] = fetch_all(
        processes.database, "select customer_id from account_balance where available > 0 order by 1 limit 1"
    )
    body: dict[str, Any] = {"redemption_id": str(new_id()), "customer_id": str(customer), "points": 1}
    planned = processes.proxies["loyalty"].plan(fault, "update idempotency_keys")
    answers: list[httpx2.Response] = []

    def answered() -> bool:
        key = {"Idempotency-Key": "till-1-0001"}
        answers.append(processes.client.post("/loyalty/v1/redemptions", json=body, headers=key))
        return answers[-1].status_code != 503

    until(answered, what="an answer to the redemption")
    assert planned.happened.is_set()
    assert_told_to_come_again(answers[0])
    assert (answers[-1].status_code, answers[-1].json()["status"]) == (201, "reserved")
    assert (answers[-1].headers.get("Idempotent-Replayed") == "true") == (fault == "answer lost")
    return str(body["redemption_id"])


def fetch_all(database: Database, question: str) -> list[tuple[Any, ...]]:
    with database.engine("loyalty").begin() as connection:
        return fetch(connection, question)


@pytest.mark.parametrize("seed", seeds(slice=(2,), whole=range(1, 6)))
@pytest.mark.parametrize("fault", ["answer lost", pytest.param("cut before", marks=whole_only)])
@pytest.mark.timeout(240)
def test_a_commit_whose_answer_is_lost_is_found_by_whoever_asks_again(  # noqa: PLR0917 - fixtures
    postgres: EmbeddedPostgres,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    proof: Proof,
    fault: Fault,
    seed: int,
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    expected = twin(postgres, tmp_path, seed)
    with ExitStack() as parts:
        processes = Lossy(database, tmp_path, parts)
        planned = {(writer, n): processes.lose(writer, fault) for writer in WRITERS for n in range(3 if WHOLE else 1)}
        with processes:
            play(processes, World(seed))
            assert [writer for (writer, n), was in planned.items() if n == 0 and not was.happened.is_set()] == []
            assert figures(database) == expected
            redemption = redeem(processes, fault)
            processes.settle()
            assert processes.deaths == 0
    stored = f"select status, points from redemptions where redemption_id = '{redemption}'"
    assert fetch_all(database, stored) == [("reserved", 1)]
    invariants = audit_all(database, database.log())
    proof(
        f"COMMIT's {'answer lost' if fault == 'answer lost' else 'way cut before it arrives'} at every kind of writer",
        case="4",
        promises=("P1", "P2", "P3"),
        seeds=[seed],
        invariants=("figures equal to a fault-free twin's", *invariants),
    )
