"""Many seeds in several processes, and what they came to."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from tests.simulation.playing import STEPS, Failed, play

ROOT = Path(__file__).parent.parent.parent
KNOWN_SEEDS = Path(__file__).with_name("seeds.txt")
"""Seeds that once found something, one per line with what it was; they are always played."""


@dataclass
class Report:
    """Sums over seeds."""

    seeds: int = 0
    turns: int = 0
    commits: int = 0
    events: int = 0
    seconds: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def add(self, other: Report) -> None:
        self.seeds += other.seeds
        self.turns += other.turns
        self.commits += other.commits
        self.events += other.events
        self.failures += other.failures
        for kind, number in other.faults.items():
            self.faults[kind] = self.faults.get(kind, 0) + number

    def __str__(self) -> str:
        rate = self.seeds / self.seconds if self.seconds else 0.0
        return (
            f"simulation: {self.seeds} seeds, {self.turns} turns, {self.commits} commits, {self.events} events,"
            f" {sum(self.faults.values())} faults; {self.seconds:.0f} s, {rate:.1f} seeds/s;"
            f" {'all invariants held' if not self.failures else f'{len(self.failures)} seeds failed'}"
        )


def known_seeds() -> list[int]:
    lines = KNOWN_SEEDS.read_text().splitlines()
    return [int(line.split("#")[0]) for line in lines if line.split("#")[0].strip()]


def play_all(seeds: Iterable[int], steps: int = STEPS, failures_max: int = 10) -> Report:
    """Plays seeds in this process."""
    report = Report()
    # A world is one large knot: it is untied at once every few seeds, not looked at again and again while it is in use.
    gc.disable()
    for seed in seeds:
        report.seeds += 1
        if report.seeds % 25 == 0:
            gc.collect()
        try:
            played = play(seed, steps)
        except Failed as failed:
            report.failures.append(str(failed))
            if len(report.failures) >= failures_max:
                break
            continue
        report.turns += played.turns
        report.commits += played.commits
        report.events += played.events
        for kind, number in played.faults.items():
            report.faults[kind] = report.faults.get(kind, 0) + number
    return report


def play_in_processes(seeds: Sequence[int], steps: int = STEPS, processes: int = 2) -> Report:
    """Plays seeds in several processes, whose sets and dictionaries have the same order every time."""
    started = time.monotonic()
    running = [
        start(["--some", ",".join(map(str, seeds[n::processes])), "--steps", str(steps)]) for n in range(processes)
    ]
    total = Report()
    for process in running:
        total.add(Report(**orjson.loads(_output(process))))
    total.seconds = time.monotonic() - started
    return total


def start(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """`python -m tests.simulation` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.simulation", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
    )


def _output(process: subprocess.Popen[bytes]) -> bytes:
    output, _ = process.communicate()
    if process.returncode:
        raise AssertionError(f"a process of the simulation ended with {process.returncode}")
    return output
