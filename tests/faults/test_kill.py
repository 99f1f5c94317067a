"""kill -9 at every named point: the figures end as if nothing had happened, and the auditor finds nothing.

Each case is held against a twin: the same seed, the same requests, no kill.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shared.database.batch import fetch
from tests.support.processes import Processes
from tests.support.world import World

if TYPE_CHECKING:
    from tests.conftest import Database

SEEDS = (1, 3)
POINTS = {
    "intake.before_append": "api",
    "intake.before_commit": "api",
    "intake.after_commit": "api",
    "consumer.before_claim": "worker",
    "consumer.before_append": "worker",
    "consumer.before_commit": "worker",
    "consumer.after_commit": "worker",
    "relay.before_publish": "worker",
    "relay.after_publish": "worker",
    "log.before_commit": "worker",
}

_twins: dict[int, dict[str, Any]] = {}


def figures(database: Database) -> dict[str, Any]:
    """Everything that must come out the same, whatever happened on the way."""
    questions = {
        # Not the attributions: how many receipts came before their member depends on who died when.
        "stores": "select type, count(*) from events where type <> 'receipt_attributed' group by type order by type",
        "loyalty": "select customer_id, available, earned_total from account_balance order by 1",
        "segmentation": "select customer_id, receipts, sales_minor, last_business_date from member_facts order by 1",
        "customers": "select count(*) from events",
    }
    found: dict[str, Any] = {}
    for service, question in questions.items():
        with database.engine(service).begin() as connection:
            found[service] = fetch(connection, question)
    with database.engine("loyalty").begin() as connection:
        found["ledger"] = fetch(
            connection,
            "select customer_id, sum(points) from ledger_entries group by customer_id order by 1",
        )
        found["settled"] = fetch(connection, "select receipt_id, points, net_minor from receipt_points order by 1, 2")
        found["parked"] = fetch(connection, "select count(*) from parked")
    return found


def play(database: Database, folder: Path, seed: int, planned: dict[str, str]) -> tuple[dict[str, Any], int]:
    """Plays a world to its end; its figures, what the auditor found, and how many processes died."""
    with Processes(database, folder, planned) as processes:
        for step in World(seed).steps:
            answer = processes.send(step)
            assert answer.is_success, (step.path, answer.text)
        processes.settle()
        from services.processes import build_services  # noqa: PLC0415 - reads the environment

        services = build_services()
        broken = []
        for service in services:
            if service.audit is not None:
                with service.engine.begin() as connection:
                    broken += [finding for finding in service.audit(connection) if not finding.ok]
            service.engine.dispose()
        assert broken == []
        return figures(database), processes.deaths


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("point", [None, *POINTS])
@pytest.mark.timeout(180)
def test_killed_anywhere_it_ends_with_the_same_figures(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    point: str | None,
    seed: int,
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    if point is None:
        _twins[seed], deaths = play(database, tmp_path, seed, {})
        assert deaths == 0
        assert len(_twins[seed]["settled"]) > 100
        return
    # The n-th pass differs by seed: early, in the middle, late.
    ended, deaths = play(database, tmp_path, seed, {POINTS[point]: f"{point}:kill@{seed * 2 - 1}"})
    assert deaths == 1, f"the process was to die at {point}"
    assert ended == _twins[seed]
