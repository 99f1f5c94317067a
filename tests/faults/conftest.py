"""What every fault test gets: processes, twins, and the fixture `proof`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import fresh_database
from tests.support.circle import circle
from tests.support.circle import play as play_circle
from tests.support.kafka import own_topics
from tests.support.playing import Twin, play_twin, small_world
from tests.support.processes import Processes
from tests.support.proof import WHOLE
from tests.support.proof_keeping import Proof

if TYPE_CHECKING:
    from pathlib import Path

    from services.kafka_local import LocalKafka
    from shared.database.embedded import EmbeddedPostgres
    from tests.conftest import Database

Start = Callable[..., Processes]
TwinOf = Callable[[int], Twin]
CircleTwinOf = Callable[[int], dict[str, Any]]


@pytest.fixture
def start(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Processes over a database of the test's own; what they are told by the environment is gone afterwards."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    return partial(Processes, database, tmp_path)


@pytest.fixture
def start_on_kafka(kafka: LocalKafka, start: Start) -> Iterator[Start]:
    """The same with topics of the test's own on Kafka."""
    with own_topics(kafka) as topics:
        yield partial(start, kafka=topics)


@pytest.fixture(scope="session")
def twin_of(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> TwinOf:
    """The twin of the small world of a seed, played on first use."""

    @cache
    def play(seed: int) -> Twin:
        folder = tmp_path_factory.mktemp("twin")
        with pytest.MonkeyPatch.context() as patch, fresh_database(postgres) as database:
            patch.setattr(os, "environ", os.environ.copy())
            with Processes(database, folder) as processes:
                return play_twin(processes, small_world(seed))

    return play


@pytest.fixture(scope="session")
def circle_twin_of(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> CircleTwinOf:
    """What the circle of a seed comes to when nothing happens, played on first use."""

    @cache
    def figures(seed: int) -> dict[str, Any]:
        folder = tmp_path_factory.mktemp("circle")
        with pytest.MonkeyPatch.context() as patch, fresh_database(postgres) as database:
            patch.setattr(os, "environ", os.environ.copy())
            with circle(partial(Processes, database, folder), seed) as chain:
                play_circle(chain)
                assert not chain.in_doubt()
                end = chain.ended()
                assert end.deaths == 0
                return end.figures

    return figures


@pytest.fixture
def proof(request: pytest.FixtureRequest) -> Proof:
    return Proof(request.node)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselected, not skipped: CI lets nobody skip, and a slice is all that it asks for."""
    left_out = [] if WHOLE else [item for item in items if item.get_closest_marker("whole_only")]
    if left_out:
        items[:] = [item for item in items if item not in set(left_out)]
        config.hook.pytest_deselected(items=left_out)
