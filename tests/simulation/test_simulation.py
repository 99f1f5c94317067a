"""A thousand worlds in bad weather, and the planted bugs that they must find."""

from __future__ import annotations

import orjson
import pytest

from tests.simulation.playing import play
from tests.simulation.running import _output, known_seeds, play_in_processes, start

SEEDS = 1_000
SAME = (4, 5, 802)
"""Seeds in which relays back off for longer and longer: what a loop rests must follow from the seed as well."""


@pytest.mark.timeout(600)
def test_every_invariant_holds_in_a_thousand_worlds(capsys: pytest.CaptureFixture[str]) -> None:
    report = play_in_processes([*known_seeds(), *range(1, SEEDS + 1)])
    with capsys.disabled():
        print(f"\n{report}")  # noqa: T201 - the run says what it did
    assert not report.failures, "\n\n".join(report.failures)
    assert report.commits > 20 * SEEDS, "too little happened to prove anything"
    assert len(report.faults) >= 15, f"some kinds of faults never came: {report.faults}"


@pytest.mark.timeout(600)
def test_every_planted_bug_is_caught(capsys: pytest.CaptureFixture[str]) -> None:
    process = start(["--mutations", "quick"])
    output, _ = process.communicate()
    with capsys.disabled():
        print(f"\n{output.decode()}")  # noqa: T201 - as above
    assert process.returncode == 0, "a planted bug survived"


def test_a_seed_is_the_same_world_in_every_process_and_after_any_other() -> None:
    alone = {seed: start(["--seed", str(seed)]).communicate()[0].decode().splitlines() for seed in SAME}
    for seed in (*SAME, *reversed(SAME)):
        turns: list[str] = []
        played = play(seed, trace=turns.append)
        assert len(turns) > 500
        assert [*turns, str(played)] == alone[seed], f"seed {seed} was another world"


def test_the_sums_of_a_report_come_from_its_worlds() -> None:
    report = orjson.loads(_output(start(["--some", "1,2"])))
    assert report["seeds"] == 2
    assert report["events"] > 0
