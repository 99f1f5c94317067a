"""Keeps what fault tests have proven: in the process that reports, whichever process ran the test.

The fixture `proof` writes into the test's own report, which travels; here the reports become rows.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.support.proof import PAGE, WHOLE, Matrix, Row
from tests.support.proof_page import commit

if TYPE_CHECKING:
    from collections.abc import Iterable

TEST, HELD = "proof test", "proof held"
"""Properties of a report: which test it is, without its seed; a fault that it has proven."""
_FOLDER = "tests/faults/"


class Proof:
    """The fixture: the last line of a test that held says what it has proven."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        item.user_properties.append((TEST, _test(item)))

    def __call__(
        self,
        fault: str,
        *,
        case: str,
        promises: Iterable[str],
        seeds: Iterable[object] = (),
        invariants: Iterable[str] = (),
        note: str = "",
    ) -> None:
        row = Row(
            promises=tuple(promises),
            case=case,
            fault=fault,
            seeds=tuple(map(str, seeds)),
            invariants=tuple(invariants),
            result=f"held ({note})" if note else "held",
            test=_test(self._item),
            commit="",
            date="",
        )
        self._item.user_properties.append((HELD, json.dumps(asdict(row))))


class ProofKeeper:
    """Reports to rows: one line per fault at the end of a run, and after a whole run the page."""

    def __init__(self) -> None:
        self._matrix = Matrix(PAGE if WHOLE else None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes what a test's report says."""
        told = [(name, str(value)) for name, value in report.user_properties]
        if report.failed:
            for name, test in told:
                if name == TEST:
                    self._matrix.breached(Row((), "?", test, (), (), "breached", test, commit(), _today()))
        elif report.when == "call":
            for name, value in told:
                if name == HELD:
                    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(value).items()}
                    self._matrix.held(Row(**fields | {"commit": commit(), "date": _today()}))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line per fault."""
        rows = self._matrix.rows
        if rows:
            terminalreporter.section("proof")
            for place in sorted(rows):
                terminalreporter.write_line(rows[place].line)


def _test(item: pytest.Item) -> str:
    """The test without its seed: what stands for one fault, and what its row is found by again."""
    assert isinstance(item, pytest.Function)
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    others = [str(value) for name, value in parameters.items() if name != "seed"]
    file = item.nodeid.partition("::")[0].removeprefix(_FOLDER)
    return f"{file}::{item.originalname}" + (f"[{'-'.join(others)}]" if others else "")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
