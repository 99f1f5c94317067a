"""What two cores have to do, and whether they did: computed from the figures, so that nobody has to believe a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.report import Figure

ONE = "regulars, the ledger alone, 1 process"
TWO = "regulars, the ledger alone, 2 processes"
WORKER = "regulars, a whole worker, 1 process"
COPY = "limit: bare COPY of the ledger's rows, 1 connection"


@dataclass(frozen=True, slots=True)
class Goal:
    """One line; `found` gives the figure, None when it was not measured."""

    says: str
    found: Callable[[Sequence[Figure]], float | None]
    bound: float
    unit: str
    at_least: bool = True

    def line(self, figures: Sequence[Figure], before: str) -> str:
        """A row of the table of goals; that of the document `before` where nothing was measured anew."""
        value = self.found(figures)
        if value is None:
            rows = (row for row in before.splitlines() if row.startswith(f"| {self.says} |"))
            return next(rows, f"| {self.says} | not measured | |")
        held = value >= self.bound if self.at_least else value <= self.bound
        return f"| {self.says} | {value:,.4g} {self.unit} | {'held' if held else '**missed**'} |"


def _figure(subject: str, unit: str, measure: str = "catch-up") -> Callable[[Sequence[Figure]], float | None]:
    def find(figures: Sequence[Figure]) -> float | None:
        return next(
            (f.median for f in figures if f.measure.startswith(measure) and (f.subject, f.unit) == (subject, unit)),
            None,
        )

    return find


def _ratio(subject: str, other: str) -> Callable[[Sequence[Figure]], float | None]:
    def find(figures: Sequence[Figure]) -> float | None:
        found = (f for f in figures if f.measure.startswith("catch-up") and f.subject == subject)
        ratios = next((f.ratio_to for f in found), {})
        return next((ratio for name, ratio in ratios.items() if name.startswith(other)), None)

    return find


def _grown(figures: Sequence[Figure]) -> float | None:
    """What a receipt costs behind the longest history, beside the shortest."""
    found = [f for f in figures if f.measure.startswith("growth: a receipt when this many")]
    return found[-1].median / found[0].median if len(found) > 1 else None


def _memory(figures: Sequence[Figure]) -> float | None:
    found = [f.peak_memory_mib for f in figures if f.subject in {ONE, TWO, WORKER} and f.peak_memory_mib]
    return max(found, default=None)


def _slowest_search(figures: Sequence[Figure]) -> float | None:
    """Of both callers and all kinds of what was said."""
    found = [f.median for f in figures if f.measure.startswith("member search") and f.unit == "ms, p95"]
    return max(found, default=None)


GOALS = (
    Goal("catch-up with one process: 8,000 receipts/s or more", _figure(ONE, "receipts/s"), 8_000, "receipts/s"),
    Goal("catch-up with two processes: 15,000 receipts/s or more", _figure(TWO, "receipts/s"), 15_000, "receipts/s"),
    Goal("one process: 40 % or more of bare COPY of the same rows", _ratio(ONE, COPY), 0.4, "of it"),
    Goal(
        "20 times `eventsourcing` or more, a receipt a save",
        _ratio(ONE, "eventsourcing 9.5, a receipt"),
        20,
        "times",
    ),
    Goal("20 times `eventsourcing` or more, 500 receipts a save", _ratio(ONE, "eventsourcing 9.5, 500"), 20, "times"),
    Goal(
        "sale to points at 500 sales/s: p99 of 250 ms or less",
        _figure("regulars", "ms, p99", "sale to points: 500"),
        250,
        "ms",
        at_least=False,
    ),
    Goal(
        "quote with 50 tills that ask once a second: p95 of 50 ms or less",
        _figure("regulars, alone", "ms, p95", "quote: 50 tills, each asks"),
        50,
        "ms",
        at_least=False,
    ),
    Goal(
        "quote with 50 callers without a pause: p95 of 50 ms or less",
        _figure("regulars, alone", "ms, p95", "quote: 50 tills, closed loop"),
        50,
        "ms",
        at_least=False,
    ),
    Goal(
        "sale to segment at 500 sales/s: p99 of 2 s or less",
        _figure("regulars", "ms, p99", "sale to segment: 500"),
        2_000,
        "ms",
        at_least=False,
    ),
    Goal(
        "a member found among 1,000,000, by whatever was said: p95 of 100 ms or less",
        _slowest_search,
        100,
        "ms",
        at_least=False,
    ),
    Goal("memory of a consumer: 250 MiB or less", _memory, 250, "MiB", at_least=False),
    Goal("a receipt behind 16 years costs within 15 % of one behind a year", _grown, 1.15, "times", at_least=False),
)


def goals(figures: Sequence[Figure], before: str) -> str:
    """The table of goals; what was not measured is as the document `before` has it."""
    return "\n".join(["| goal | found | |", "|---|---|---|", *(goal.line(figures, before) for goal in GOALS)])
