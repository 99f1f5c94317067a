"""Rebuilding every read model of every service from a year of a chain, beside a bare read of what it is made from.

The year is the demo's, with its story, as the services themselves have handled it in the embedded system. Each rebuild
is what `regulars rebuild` runs: a shadow filled from all of the source, the switch, and the comparison of every row
with the live table, which has to find them equal. A bare read is of the same events or the same topics, page by page as
a rebuild reads them, with nothing decoded and nothing written. One process for each service, one after the other.
What a record costs is said where there are a thousand.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measuring import Sample, in_turn
from bench.processes import ROOT, Subject
from services.local import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.measuring import Options

MEASURE = "rebuild"
SECONDS = "s"
EACH = "us/record"
HELD = "ms, writers held"
ENOUGH = 1_000
"""Of how many records it is said what each costs; below, only what a rebuild of next to nothing takes."""


def run(options: Options) -> Iterator[Sample]:
    """Every read model, and the bare reads."""
    with tempfile.TemporaryDirectory(prefix="regulars-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        year = Path(folder) / "year"
        demo = [sys.executable, "-m", "services.cli", "demo", "--exit", "--port", "0", "--data-dir", str(year)]
        limit = ["--limit", "5000"] if options.quick else []
        with (Path(folder) / "demo.log").open("wb") as output:
            subprocess.run([*demo, *limit], cwd=ROOT, check=True, stdout=output)  # noqa: S603 - our own command
        yield from in_turn(options, {service: partial(_rebuild, year, service) for service in SERVICES})


def _rebuild(year: Path, service: str) -> Iterable[Sample]:
    log = year.parent / f"rebuild-{service}.log"
    with Subject(["bench.subjects.rebuilding", year, service], log) as subject:
        subject.wait()
        [done] = subject.said("done")
        for made in subject.said("rebuilt"):
            yield from _samples(service, f"regulars, {made['name']}", made, done["peak_memory_mib"])
            yield Sample(f"{MEASURE}: {service}", f"regulars, {made['name']}", HELD, made["blocked_ms"])
        for source in subject.said("read"):
            yield from _samples(service, f"limit: bare read of {source['name']}", source, done["peak_memory_mib"])


def _samples(service: str, subject: str, told: dict[str, float], peak_memory_mib: float) -> Iterator[Sample]:
    measure, records = f"{MEASURE}: {service}", int(told["records"])
    if records < ENOUGH:
        yield Sample(measure, subject, SECONDS, told["s"], peak_memory_mib=peak_memory_mib)
        return
    for unit, value in ((SECONDS, told["s"]), (EACH, told["s"] / records * 1e6)):
        yield Sample(
            measure,
            subject,
            unit,
            value,
            peak_memory_mib=peak_memory_mib,
            cpu_s=told["cpu_s"],
            records=records,
            server_cpu_s=told["server_cpu_s"],
        )
