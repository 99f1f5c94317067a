"""Measures, and writes bench/out/latest.json and docs/performance.md.

    make bench                                             # all of it, about two hours on two cores
    .venv/bin/python -m bench --only catchup --quick --rounds 1 --subject ledger-1

With --quick or --subject nothing is written: a part is for trying a change, not for quoting.
"""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
import time

from bench import machine, report
from bench.goals import goals
from bench.measuring import Options, Sample

MEASURES = {
    "catchup": "catch-up",
    "append": "append",
    "visible": "sale to points",
    "redeem": "redeem",
    "quote": "quote",
    "coupon": "coupon",
    "segments": "sale to segment",
    "sends": "sends",
    "rebuild": "rebuild",
    "growth": "growth",
    "member_search": "member search",
}
"""Each module, and how its measures begin."""


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=[*MEASURES], default=[*MEASURES], help="these measures")
    parser.add_argument("--rounds", type=int, default=5, help="how often each subject is measured")
    parser.add_argument("--quick", action="store_true", help="small inputs")
    parser.add_argument("--subject", default="", help="only subjects with this in their short name, like ledger-1")
    arguments = parser.parse_args()
    # So that servers are stopped and folders removed also when somebody stops the run.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = Options(arguments.rounds, arguments.quick, arguments.subject)
    began, neighbours = time.monotonic(), machine.Neighbours()
    samples = [sample for name in arguments.only for sample in _measured(name, options)]
    found = report.figures(samples)
    print(report.table(found))
    if options.quick or options.subject:
        return
    everything = report.keep(found, machine.commit())
    minutes = (time.monotonic() - began) / 60
    meanings = {family: importlib.import_module(f"bench.{name}").__doc__ or "" for name, family in MEASURES.items()}
    before = report.DOCUMENT.read_text() if report.DOCUMENT.exists() else ""
    opening = _opening(goals(everything, before), minutes, neighbours.stolen())
    document = report.document(everything, opening, meanings, before)
    report.DOCUMENT.write_text(document)
    print(f"wrote {report.DOCUMENT} and {report.LATEST}")


def _measured(name: str, options: Options) -> list[Sample]:
    began = time.monotonic()
    samples = []
    for sample in importlib.import_module(f"bench.{name}").run(options):
        samples.append(sample)
        print(f"{sample.measure} | {sample.subject} | {sample.value:,.4g} {sample.unit}", flush=True)
    print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    return samples


def _opening(reached: str, minutes: float, stolen: float) -> str:
    machine_is = "\n".join(f"- {line}" for line in machine.describe())
    return f"""\
# Performance

Written by `make bench`; do not edit. A run of some measures leaves the others as they are. Medians of several rounds,
in which every subject is measured once before any is measured again, since the machine is not quiet: the host took
{stolen:.0%} of its CPU away during the {minutes:.0f} minutes of the last run. Differences of less than 10 % mean
nothing.

{machine_is}

Everything runs on this one machine: servers, subjects, and whoever drives them. `fsync` and `synchronous_commit` are on
for everybody who uses PostgreSQL; Kafka, with one broker, acknowledges what is in its page cache, for everybody. Peers
come from PyPI with the settings that are best for them and keep what they promise; after each round each has to have
the sums that the generator says. CPU is that of the subject's own processes and of the database's.

A **limit** is not a competitor. It is what is left when everything that a product is for is taken away: no decision, no
balance, no copy recognised, nothing told. Nobody gets past it with this hardware and these servers; how close one comes
says how much the rest costs.

{reached}
"""


if __name__ == "__main__":
    main()
