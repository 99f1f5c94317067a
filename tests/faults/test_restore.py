"""The restore drill: services come back at different points of the past, the log does not, and all of it converges.

`docs/runbooks/restore.md` step by step, with the commands that an operator types. `stores` loses the most, so that it
forgets what others have heard; `customers` forgets an erasure; `loyalty` lies in between.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from shared.database.migrate import application_role, owner_role
from shared.kernel.ids import derived_id
from shared.testing.waiting import until
from tests.conftest import Database
from tests.support.access import bearer
from tests.support.auditing import audit_all, figures
from tests.support.cluster import Cluster, archive_folder, cluster, restored
from tests.support.commands import regulars
from tests.support.processes import Processes, environment_of
from tests.support.proof import seeds
from tests.support.twins import twin
from tests.support.world import Step, World

if TYPE_CHECKING:
    from shared.database.embedded import EmbeddedPostgres
    from tests.support.proof_keeping import Proof

BACK_MINUTES_MAX = 60
CANARY = {
    "customer_id": str(derived_id("canary")),
    "name": "Zanzibar Quillfeather",
    "phone": "13987654321",
    "card": "QUILL-7788-9900",
}
ERASURE = f"/customers/v1/customers/{CANARY['customer_id']}/erasure"
VAULT = ("vault_keys", "vault_records", "blind_index")
NEEDLES = ("zanzibar", "quillfeather", "3987654321", "quill-7788", "quill7788")


@dataclass
class Apart(Database):
    """A database of which some services' schemas are to be found on other servers."""

    servers: dict[str, Cluster] = field(default_factory=dict)

    def url(self, role: str) -> str:
        for service, server in self.servers.items():
            if role in {application_role(service), owner_role(service)}:
                return server.url(role, self.name)
        return super().url(role)


@dataclass
class Past:
    """A chain that worked on while its databases were backed up, and the moments to which services will go back."""

    world: World
    source: Cluster
    archive: Path
    database: Database
    folder: Path
    moments: dict[str, str] = field(default_factory=dict)
    acknowledged: set[UUID] = field(default_factory=set)

    @property
    def late(self) -> int:
        """The step in which members register who have bought already."""
        steps = enumerate(self.world.steps)
        return next(n for n, step in steps if n > 2 and step.path.startswith("/customers"))

    @property
    def backup(self) -> Path:
        return self.archive / "backup"

    def live(self) -> None:
        """Works, is backed up, works on; then everything is lost but what is archived, and the log."""
        steps, late = self.world.steps, self.late
        with Processes(self.database, self.folder) as processes:
            send(processes, [Step("/customers/v1/customers", CANARY), *steps[: late // 2]])
            self.source.back_up(self.backup)
            send(processes, steps[late // 2 : late - 1])
            self.moments["stores"] = self.now()
            send(processes, steps[late - 1 : late + 6])
            self.moments["loyalty"] = self.now()
            send(processes, steps[late + 6 : late + 10])
            self.moments["customers"] = self.now()
            erased = processes.client.post(ERASURE, headers=bearer("privacy_officer"))
            assert erased.is_success, erased.text
            send(processes, steps[late + 10 : late + 16])
            processes.settle()
        self.acknowledged = processes.acknowledged
        assert left_of_canary(self.source) == []
        # In production `archive_timeout` sees to it that this lies in the archive within minutes.
        [[last]] = self.source.ask("select pg_walfile_name(pg_switch_wal())")
        until((self.archive / str(last)).exists, what="the log of writes to be archived")

    def now(self) -> str:
        """By the server's clock."""
        [[now]] = self.source.ask("select clock_timestamp()::text")
        return str(now)


@pytest.mark.parametrize("seed", seeds(slice=(2,), whole=range(1, 6)))
@pytest.mark.timeout(300)
def test_services_restored_to_different_points_converge(
    postgres: EmbeddedPostgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    proof: Proof,
    seed: int,
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    expected = twin(postgres, tmp_path, seed)
    with ExitStack() as parts:
        archive = archive_folder(parts)
        source = parts.enter_context(cluster({"archive_mode": "on", "archive_command": f"cp %p {archive}/%f"}))
        past = Past(World(seed), source, archive, source.migrated(), tmp_path)
        past.live()

        began = time.monotonic()
        servers = {name: parts.enter_context(restored(past.backup, archive, at)) for name, at in past.moments.items()}
        assert left_of_canary(servers["customers"]) == list(VAULT), "the backup is from before the erasure"
        apart = Apart(past.database.server, past.database.name, servers=servers)
        erase_again(environment_of(apart, tmp_path), tmp_path)
        with Processes(apart, tmp_path) as processes:
            processes.settle()
            bring_back(processes, past)
            took_minutes = (time.monotonic() - began) / 60
            send(processes, past.world.steps[past.late + 16 :])
            processes.settle()
            assert processes.deaths == 0
        assert comparable(figures(apart)) == comparable(expected)
        invariants = audit_all(apart, apart.log(), acknowledged=past.acknowledged | processes.acknowledged)
        assert left_of_canary(servers["customers"]) == []
        apart.engines.close()
        past.database.engines.close()
    assert took_minutes < BACK_MINUTES_MAX
    proof(
        "three services restored to three points in time, the log as it was",
        case="11",
        promises=("P1", "P2", "P7", "P11"),
        seeds=[seed],
        invariants=("figures equal to a fault-free twin's", "0 forks", "erased stays erased", *invariants),
        note=f"back in {took_minutes:.1f} minutes",
    )


def bring_back(processes: Processes, past: Past) -> None:
    """Tills send again, forks are found, and told anew; afterwards there is none."""
    environment, folder = processes.environment, past.folder
    # Whatever was not safe at the oldest of the moments; so do clerks and their tablets.
    send(processes, past.world.steps[past.late // 2 : past.late + 16])
    processes.settle()
    code, found = reconcile(environment, folder)
    assert (code, found["well"]) == (1, False), "the link was heard before the receipt this time"
    assert {fork["service"] for fork in found["forks"]} == {"stores"}, found["forks"]
    assert not any(fork["lost"] for fork in found["forks"])
    _, found = reconcile(environment, folder, "--retell")
    assert found["retold"] == len(found["forks"])
    processes.settle()
    code, found = reconcile(environment, folder)
    assert (code, found["forks"], found["ahead"], found["waiting"]) == (0, [], [], 0)


def send(processes: Processes, steps: list[Step]) -> None:
    for step in steps:
        answer = processes.send(step)
        assert answer.is_success, (step.path, answer.text)


def left_of_canary(server: Cluster) -> list[str]:
    """Where anything is left that tells who the erased person was: in the vault, or in words anywhere."""
    kept = f"select 1 from customers.{{}} where customer_id = '{CANARY['customer_id']}'"
    vault = [table for table in VAULT if server.ask(kept.format(table), "regulars")]
    tables = server.ask("select schemaname, tablename from pg_tables where schemaname <> 'pg_catalog'", "regulars")
    return vault + [
        f"{schema}.{table}"
        for schema, table in tables
        if any(
            needle in row.lower() or needle.encode().hex() in row
            for [row] in server.ask(f'select t::text from "{schema}"."{table}" t', "regulars")
            for needle in NEEDLES
        )
    ]


def erase_again(environment: dict[str, str], folder: Path) -> None:
    for needed in (1, 0):
        done = regulars("erasures", "apply", "--data-dir", str(folder / "none"), environment=environment)
        assert done.code == 0, done.stdout + done.stderr
        assert f"1 erasures looked at, {needed} people erased again" in done.stdout


def reconcile(environment: dict[str, str], folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    done = regulars("reconcile", "--json", *options, "--data-dir", str(folder / "none"), environment=environment)
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    return done.code, json.loads(done.stdout)


def comparable(found: dict[str, Any]) -> dict[str, Any]:
    """Without the canary, of whom the twin knows nothing, and without what was told anew."""
    return {
        name: [row for row in rows if CANARY["customer_id"] not in map(str, row) and "receipt_retold" not in row]
        for name, rows in found.items()
        if name != "members"
    }
