"""The matrix of `docs/proof.md`: merged within a run, kept between runs, and never better than the last run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulation.proving import write
from tests.support.proof import Matrix, Row, read

ROW = Row(
    ("P1", "P2"), "1", "kill -9 | anywhere", ("1",), ("a sum", "a chain"), "held", "test_a.py::x", "c0", "2026-11-22"
)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "proof.md"


def test_seeds_of_one_run_are_one_row(page: Path) -> None:
    matrix = Matrix(page)
    for seed in ("2", "1", "3", "7"):
        matrix.held(replace(ROW, seeds=(seed,)))
    (row,) = read(page)
    assert (row.fault, row.seeds, row.invariants) == (ROW.fault, ("1-3", "7"), ROW.invariants)


def test_a_later_run_replaces_its_own_rows_and_leaves_the_others(page: Path) -> None:
    other = replace(ROW, fault="another", test="test_b.py::y")
    for row in (ROW, other):
        Matrix(page).held(row)
    Matrix(page).held(replace(ROW, seeds=("9",), commit="c1"))
    assert {row.fault: (row.seeds, row.commit) for row in read(page)} == {
        ROW.fault: (("9",), "c1"),
        "another": (("1",), "c0"),
    }


def test_a_test_that_fails_breaches_the_rows_that_it_once_wrote(page: Path) -> None:
    Matrix(page).held(ROW)
    unknown = replace(ROW, promises=(), case="?", fault="test_a.py::x", result="breached", commit="c1")
    Matrix(page).breached(unknown)
    (row,) = read(page)
    assert (row.fault, row.promises, row.result, row.commit) == (ROW.fault, ROW.promises, "breached", "c1")


@pytest.mark.parametrize("breached_first", [True, False])
def test_one_seed_that_fails_is_not_made_good_by_another(page: Path, *, breached_first: bool) -> None:
    matrix, wrong = Matrix(page), replace(ROW, result="breached", seeds=("2",))
    steps = [lambda: matrix.breached(wrong), lambda: matrix.held(ROW)]
    for step in steps if breached_first else reversed(steps):
        step()
    assert [row.result for row in read(page)] == ["breached"]


def test_a_test_that_never_held_loses_its_row_when_it_holds(page: Path) -> None:
    Matrix(page).breached(replace(ROW, promises=(), case="?", fault=ROW.test, result="breached"))
    assert [row.result for row in read(page)] == ["breached"]
    Matrix(page).held(ROW)
    assert [(row.case, row.result) for row in read(page)] == [(ROW.case, "held")]


def test_what_the_simulation_wrote_stays(page: Path) -> None:
    Matrix(page).held(ROW)
    write("1 world", [], page)
    Matrix(page).held(replace(ROW, commit="c1"))
    assert "1 world" in page.read_text()
    assert [row.commit for row in read(page)] == ["c1"]
    write("2 worlds", [], page)
    assert page.read_text().count("## Simulation") == 1


def test_the_page_is_the_same_when_nothing_has_changed(page: Path) -> None:
    Matrix(page).held(ROW)
    before = page.read_text()
    Matrix(page).held(ROW)
    assert page.read_text() == before
    assert "kill -9 \\| anywhere" in before
    assert "`make faults ARGS='-k \"test_a\"'`" in before


def test_a_slice_writes_no_page(page: Path) -> None:
    Matrix(None).held(ROW)
    assert not page.exists()
