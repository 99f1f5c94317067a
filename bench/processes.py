"""Processes that are measured: started as a chain would start them, watched from outside, ended in order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from services.children import PARENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

ROOT = Path(__file__).parent.parent
PEERS = ROOT / ".venv-bench" / "bin" / "python"
"""The interpreter with the peers: they want other versions than we do."""
STOP_S_MAX = 20.0
LOOK_EVERY_S = 0.05
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Subject:
    """A process `python -m <arguments>`, with its output in `log`; use as a context manager."""

    def __init__(
        self,
        arguments: Sequence[object],
        log: Path,
        environment: Mapping[str, str] | None = None,
        *,
        peer: bool = False,
    ) -> None:
        self._command = [str(PEERS) if peer else sys.executable, "-m", *map(str, arguments)]
        self._environment, self.log = environment or {}, log

    def __enter__(self) -> Self:
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                self._command,
                env={**os.environ, **self._environment, PARENT: str(os.getpid())},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.pid = self._process.pid
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_S_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def check(self) -> None:
        """Raises with its last words when it has failed."""
        if self._process.poll() not in (None, 0):
            lines = self.log.read_text(errors="replace").splitlines()
            raise RuntimeError(f"{' '.join(self._command)} ended with {self._process.returncode}: {lines[-5:]}")

    def wait(self) -> None:
        """Returns when it has ended by itself, in order."""
        self._process.wait()
        self.check()

    def said(self, event: str) -> Iterator[dict[str, Any]]:
        """What it said of `event` in its log, in order: lines of JSON."""
        for line in self.log.read_text(errors="replace").splitlines():
            if f'"{event}"' in line:
                told = json.loads(line)
                if told["event"] == event:
                    yield told


@dataclass(frozen=True, slots=True)
class Look:
    """How far subjects were at a moment, and what that had cost them and the server."""

    at: float
    handled: int
    own_cpu_s: float
    server_cpu_s: float
    peak_memory_mib: float


def watch(
    subjects: Sequence[Subject], server: int, handled: Callable[[], int], records: int, *, limit_s: float = 600
) -> list[Look]:
    """Looks from now until `records` are handled. Raises when a subject fails or takes too long."""
    looks: list[Look] = []
    while True:
        # A subject that has ended keeps what it had spent.
        before = looks[-1] if looks else Look(0, 0, 0, 0, 0)
        own = max(before.own_cpu_s, sum(_cpu_s(subject.pid) for subject in subjects))
        peak = max(before.peak_memory_mib, *(_peak_memory_mib(subject.pid) for subject in subjects))
        looks.append(Look(time.time(), handled(), own, server_cpu_s(server), peak))
        if looks[-1].handled >= records:
            return looks
        for subject in subjects:
            subject.check()
        if looks[-1].at > looks[0].at + limit_s:
            raise TimeoutError(f"{looks[-1].handled} of {records} handled; see {subjects[0].log}")
        time.sleep(LOOK_EVERY_S)


def server_cpu_s(postmaster: int) -> float:
    """CPU time that a database server has spent, in all its processes, also those that ended."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return _cpu_s(postmaster) + sum(_cpu_s(int(child)) for child in children)


def _cpu_s(pid: int) -> float:
    """User and system time of a process, with its children that ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    fields = stat[stat.rindex(")") + 2 :].split()
    return sum(map(int, fields[11:15])) * _TICK_S


def _peak_memory_mib(pid: int) -> float:
    """The most memory (resident) that a process ever held: the kernel's own mark."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    marks = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(marks[0].split()[1]) / 1024 if marks else 0.0
