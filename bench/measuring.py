"""What a measure is made of: each module with `run(options)` yields samples, its subjects in turn.

The machine is noisy, so a round measures every subject once before any is measured again: A B C A B C, not AA BB CC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Subjects: TypeAlias = Mapping[str, Callable[[], Iterable["Sample"]]]
    """Short names, and what measures each once."""


@dataclass(frozen=True, slots=True)
class Options:
    """How thoroughly to measure. `quick` is for trying a change: small inputs, and nothing to quote."""

    rounds: int = 5
    quick: bool = False
    subject: str = ""
    """Only subjects with this in their short name."""

    def size(self, whole: int, quick: int) -> int:
        """`whole`, or `quick` when that was asked for."""
        return quick if self.quick else whole


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure of one subject in one round.

    `peak_memory_mib` and `cpu_s` are of the subject's own processes, without the servers that it uses. `records` is
    what `cpu_s` was spent on, `server_cpu_s` what the database spent on it.
    """

    measure: str
    subject: str
    unit: str
    value: float
    peak_memory_mib: float | None = None
    cpu_s: float | None = None
    records: int | None = None
    server_cpu_s: float | None = None


def in_turn(options: Options, subjects: Subjects) -> Iterator[Sample]:
    """Every subject once a round, by its short name; each call yields the samples of one round."""
    for _ in range(options.rounds):
        for name, measure in subjects.items():
            if options.subject in name:
                yield from measure()
