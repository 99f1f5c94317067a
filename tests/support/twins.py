"""Fault-free twins: the figures that a world must end with, whatever happens to it. Played once per run and seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conftest import fresh_database
from tests.support.auditing import figures
from tests.support.processes import Processes
from tests.support.world import World

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from shared.database.embedded import EmbeddedPostgres

_known: dict[int, dict[str, Any]] = {}


def twin(postgres: EmbeddedPostgres, folder: Path, seed: int) -> dict[str, Any]:
    """The figures of `World(seed)` when nothing goes wrong."""
    if seed not in _known:
        own = folder / "twin"
        own.mkdir()
        with fresh_database(postgres) as database:
            with Processes(database, own) as processes:
                play(processes, World(seed))
                assert processes.deaths == 0
            _known[seed] = figures(database)
        assert len(_known[seed]["settled"]) > 100
    return _known[seed]


def play(processes: Processes, world: World) -> None:
    """Sends everything, each request until it is answered, and waits until all of it is handled."""
    for step in world.steps:
        answer = processes.send(step)
        assert answer.is_success, (step.path, answer.text)
    processes.settle()


def assert_told_to_come_again(answer: httpx2.Response) -> None:
    """A request that could not be taken: nothing was kept, and its sender knows what to do."""
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.json()["code"] == "unavailable"
    assert int(answer.headers["Retry-After"]) > 0
