"""The matrix of proof: which promise was held against which fault, by which run.

A fault test that held says so by the fixture `proof` in its last line. Everybody sees one line per fault at the end of
a run; a whole run (`make faults`) also keeps it as a row of `docs/proof.md`, until a later run of the same case puts
another in its place.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.support.auditing import INVARIANTS
from tests.support.proof_page import HEADINGS, page

PAGE = Path(__file__).parents[2] / "docs" / "proof.md"
SIMULATED = re.compile(r"\n## Simulation\n.*", re.DOTALL)
"""The page's last section, which the simulation writes."""
WHOLE = os.environ.get("REGULARS_FAULTS") == "whole"
"""Whether everything is proven, however long that takes; if not, a slice of each case."""

whole_only = pytest.mark.whole_only
"""Marks a test, or a parameter, that has no slice."""


def seeds(slice: Iterable[int] = (1, 3), whole: Iterable[int] = range(1, 21)) -> tuple[int, ...]:  # noqa: A002 - reads as what it is
    """The seeds of this run, for `parametrize`."""
    return tuple(whole if WHOLE else slice)


@dataclass(frozen=True, slots=True)
class Row:
    """One fault, and what came of it. `test` is the command's argument that proves it again."""

    promises: tuple[str, ...]
    case: str
    fault: str
    seeds: tuple[str, ...]
    invariants: tuple[str, ...]
    result: str
    test: str
    commit: str
    date: str

    @property
    def line(self) -> str:
        """What the run prints."""
        seeds = f"seeds {_ranges(self.seeds)}; " if self.seeds else ""
        checked = ", ".join(_short(self.invariants)) or "nothing"
        return f"{self.result}: case {self.case}, {self.fault}; {seeds}checked: {checked}"

    def cells(self) -> tuple[str, ...]:
        """As a row of the page's table, in the order of `HEADINGS`."""
        lists = (self.promises, (self.case,), (self.fault,), (_ranges(self.seeds),), _short(self.invariants))
        plain = ((self.result,), (f"`{self.test}`",), (self.commit,), (self.date,))
        return tuple(", ".join(cell).replace("|", "\\|") for cell in (*lists, *plain))

    @classmethod
    def read(cls, cells: Sequence[str]) -> Row:
        """A row that an earlier run has written."""
        promises, case, fault, seeds_, invariants, result, test, commit, date = cells
        return cls(
            _items(promises), case, fault, _items(seeds_), _items(invariants), result, test.strip("`"), commit, date
        )


class Matrix:
    """The rows of this run, kept on the page if there is one."""

    def __init__(self, kept: Path | None) -> None:
        self._kept = kept
        self.rows: dict[tuple[str, str], Row] = {}

    def held(self, row: Row) -> None:
        """Another test of `row`'s fault has held: its seeds and invariants join those of this run."""
        before = self.rows.get((row.case, row.fault))
        if before is not None:
            row = replace(
                row,
                seeds=_joined(before.seeds, row.seeds),
                invariants=_joined(before.invariants, row.invariants),
                result=before.result if before.result.startswith("breached") else row.result,
            )
        self._put(row)

    def breached(self, row: Row) -> None:
        """A test has failed before it could say what it proves: every row that it ever wrote is breached.

        `row` tells what is known of it; it becomes a row of its own if the test never held before.
        """
        known = [*self.rows.values(), *(read(self._kept) if self._kept else [])]
        fallen = {(k.case, k.fault): k for k in known if k.test == row.test} or {(row.case, row.fault): row}
        for place, found in fallen.items():
            before = self.rows.get(place, replace(row, promises=found.promises, case=found.case, fault=found.fault))
            self._put(replace(before, result=row.result))

    def _put(self, row: Row) -> None:
        self.rows[row.case, row.fault] = row
        if self._kept is not None:
            keep(self._kept, self.rows.values())


def keep(path: Path, rows: Iterable[Row]) -> None:
    """Writes `rows` onto the page, each in the place of an older one of its fault."""
    with path.open("a+") as file:
        # Two parts of a run may end at once.
        fcntl.flock(file, fcntl.LOCK_EX)
        new = list(rows)
        again = {row.test for row in new}
        # A test that failed before it could ever say what it proves has a row that only its next run can take away.
        old = [row for row in read(path) if not (row.case == "?" and row.test in again)]
        merged = {(row.case, row.fault): row for row in [*old, *new]}
        ordered = sorted(merged.values(), key=lambda row: (_natural(row.case), row.fault))
        simulated = SIMULATED.search(path.read_text())
        path.write_text(
            page([(row.promises, row.test, row.cells()) for row in ordered], INVARIANTS)
            + (simulated[0] if simulated else "")
        )


def read(path: Path) -> list[Row]:
    """The rows of a page; none if there is no page yet."""
    lines = path.read_text().splitlines() if path.exists() else []
    tables = [re.split(r"(?<!\\)\|", line.strip("|")) for line in lines if line.startswith("|")]
    tables = [[cell.strip().replace("\\|", "|") for cell in cells] for cells in tables]
    rows = [cells for cells in tables if len(cells) == len(HEADINGS) and cells[0] not in {HEADINGS[0], "---"}]
    return [Row.read(cells) for cells in rows]


def _short(invariants: tuple[str, ...]) -> tuple[str, ...]:
    """The auditor's invariants by their number, for the page lists them; what else was checked by its name."""
    audited = sum(name in INVARIANTS for name in invariants)
    others = tuple(name for name in invariants if name not in INVARIANTS)
    return (f"{audited} of the auditor's", *others) if audited else others


def _joined(before: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*before, *more]))


def _items(cell: str) -> tuple[str, ...]:
    return tuple(item for item in cell.split(", ") if item)


def _natural(text: str) -> list[tuple[int, str]]:
    return [(int(part or 0), word) for part, word in re.findall(r"(\d*)(\D*)", text)]


def _ranges(seeds_: tuple[str, ...]) -> str:
    """`1, 2, 3, 7` as `1-3, 7`; what is no number stays as it is."""
    if not all(seed.isdigit() for seed in seeds_):
        return ", ".join(seeds_)
    runs: list[list[int]] = []
    for number in sorted(map(int, seeds_)):
        if runs and runs[-1][-1] == number - 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)
