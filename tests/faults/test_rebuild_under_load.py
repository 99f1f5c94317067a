"""Every read model rebuilt while tills sell, parked records redriven twice: equal rows, and nothing is sent."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from services.attached import Attached
from services.rebuilding import read_models, rebuild_read_model
from shared.database.batch import fetch, run
from shared.messaging.lag import outbox_size
from shared.messaging.parking import list_parked
from shared.messaging.redrive import redrive
from tests.support.playing import ended, send_all, small_world
from tests.support.processes import RECEIPTS
from tests.support.proof import seeds
from tests.support.world import MEMBERS, SAVERS

if TYPE_CHECKING:
    from shared.messaging.parking import Parked
    from shared.runtime.service import Service
    from tests.conftest import Database
    from tests.faults.conftest import Start, TwinOf
    from tests.support.proof_keeping import Proof


@pytest.mark.parametrize("seed", seeds(slice=[1], whole=range(1, 6)))
@pytest.mark.timeout(300)
def test_rebuilt_and_redriven_under_load_everything_is_equal_and_nothing_is_sent(
    database: Database, start: Start, twin_of: TwinOf, proof: Proof, seed: int
) -> None:
    twin, world = twin_of(seed), small_world(seed)
    receipts = [step for step in world.steps if step.path == RECEIPTS]
    with start() as processes, ThreadPoolExecutor(1) as tills:
        # A defect in one place, for some members: their sales are parked, and all that follows them.
        members = ", ".join(f"'{world.customer(n)}'" for n in range(SAVERS, MEMBERS, 3))
        alter(database, f"add constraint defect check (customer_id not in ({members})) not valid")
        selling = tills.submit(send_all, processes, world.steps)
        with Attached(processes.environment, ExitStack()) as system:
            rounds = [rebuild_all(system)]
            while not selling.done():
                rounds.append(rebuild_all(system))
            selling.result()
            processes.settle()
            parked = len(all_parked(system))
            assert parked > 0
            assert redrive_all(system) == 0, "the defect is still there"
            alter(database, "drop constraint defect")
            selling = tills.submit(send_all, processes, receipts)
            assert redrive_all(system) == parked
            selling.result()
            end = ended(processes)
            told = records(database)
            rounds.append(rebuild_all(system))
            assert [outbox_size(service.engine) for service in system.services] == [0] * len(system.services)
    assert [name for found in rounds for name, equal in found.items() if not equal] == []
    assert records(database) == told, "a rebuild or a redrive has sent something"
    assert len(told) == len(set(told)), "something was sent twice"
    assert end.figures == twin.end
    proof(
        f"all {len(rounds[0])} read models rebuilt under load, parked records redriven twice",
        case="10",
        promises=("P5", "P6"),
        seeds=[seed],
        invariants=(*end.invariants, "rebuilt to equal rows", "0 records sent"),
        note=f"{len(rounds) * len(rounds[0])} rebuilds, {parked} parked",
    )


def alter(database: Database, change: str) -> None:
    with database.owner_engine("loyalty").begin() as connection:
        run(connection, f"alter table account_balance {change}")


def rebuild_all(system: Attached) -> dict[str, bool]:
    """Whether the old and the new rows of each read model were equal."""
    quiet = Console(file=io.StringIO())
    return {name: rebuild_read_model(quiet, system, name) for name in read_models(system.services)}


def all_parked(system: Attached) -> list[tuple[Service, Parked]]:
    found = []
    for service in system.services:
        with service.engine.begin() as connection:
            found += [(service, row) for row in list_parked(connection, limit=10_000)]
    return found


def redrive_all(system: Attached) -> int:
    """Redrives every parked record, twice; how many were handled."""
    handled = 0
    for service, row in all_parked(system) * 2:
        consumer = next(consumer for consumer in service.consumers if consumer.name == row.consumer)
        handled += redrive(service.engine, consumer, system.event_log, row.id).handled
    return handled


def records(database: Database) -> list[tuple[str, str]]:
    """Everything that was ever sent: topic and id."""
    with database.engine("log").begin() as connection:
        rows = fetch(connection, "select topic, convert_from(headers, 'utf8')::json->>'ce_id' from records")
    return sorted((topic, id_) for topic, id_ in rows)
