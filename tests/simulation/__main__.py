"""`python -m tests.simulation`: many seeds, one seed step by step, or the planted bugs."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict

import orjson


def main() -> int:
    """What the arguments ask for; 1 if an invariant broke or a planted bug survived."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        # Sets of texts have another order in every process otherwise, and a seed would not replay.
        os.execve(  # noqa: S606 - ourselves
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            {**os.environ, "PYTHONHASHSEED": "0"},
        )
    from tests.simulation import proving  # noqa: PLC0415 - after the process has its hash seed
    from tests.simulation.playing import STEPS, Failed, play  # noqa: PLC0415
    from tests.simulation.running import known_seeds, play_all, play_in_processes  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, help="play this one and show every turn")
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--some", help=argparse.SUPPRESS)
    parser.add_argument("--mutations", choices=("quick", "whole"))
    parser.add_argument("--write", action="store_true", help="write docs/proof.md")
    asked = parser.parse_args()
    if asked.some is not None:
        report = play_all(map(int, filter(None, asked.some.split(","))), asked.steps)
        sys.stdout.buffer.write(orjson.dumps(asdict(report)))
        return 0
    if asked.seed is not None:
        try:
            print(play(asked.seed, asked.steps, print))  # noqa: T201 - what it is for
        except Failed as failed:
            print(failed)  # noqa: T201
            return 1
        return 0
    if asked.mutations:
        verdicts = proving.mutation_check(quick=asked.mutations == "quick")
        print(proving.table(verdicts))  # noqa: T201
        if asked.write:
            seeds = [*known_seeds(), *range(asked.first, asked.first + asked.seeds)]
            proving.write(str(play_in_processes(seeds, asked.steps, asked.processes)), verdicts)
        return int(any(verdict.invariant is None for verdict in verdicts))
    seeds = [*known_seeds(), *range(asked.first, asked.first + asked.seeds)]
    report = play_in_processes(seeds, asked.steps, asked.processes)
    print("\n\n".join([*report.failures, str(report)]))  # noqa: T201
    return int(bool(report.failures))


sys.exit(main())
