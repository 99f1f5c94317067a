"""Every decoder of `tests.fuzz.decoders` under a coverage-guided fuzzer: `make fuzz` runs it for longer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.decoders import CORPUS, DECODERS, seeds_of
from tests.support.proof import WHOLE

if TYPE_CHECKING:
    from tests.support.proof_keeping import Proof

ROOT = Path(__file__).parents[2]
RUNS = 5_000_000 // len(DECODERS) + 1 if WHOLE else 500
"""Of each decoder."""
WHOLE_S_MAX = 7_200


@pytest.mark.parametrize("decoder", DECODERS, ids=lambda decoder: decoder.name)
def test_no_golden_example_and_no_old_crash_breaks_a_decoder(decoder: object) -> None:
    found = next(each for each in DECODERS if each is decoder)
    seeds = seeds_of(found)
    assert seeds
    for seed in seeds:
        found.read(seed)


def test_every_kept_input_belongs_to_a_decoder() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= {decoder.name for decoder in DECODERS}


@pytest.mark.timeout(WHOLE_S_MAX if WHOLE else 120)
def test_no_input_breaks_a_decoder(tmp_path: Path, proof: Proof) -> None:
    seed = [] if WHOLE else ["--seed", "1"]
    # A slice runs beside another test, the whole alone.
    jobs = str(os.cpu_count() if WHOLE else 1)
    runs = ["--runs", str(RUNS), "--jobs", jobs]
    command = [sys.executable, "-m", "tests.fuzz.run", *runs, "--folder", str(tmp_path), *seed]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    counted = {name: int(n) for name, n in re.findall(r"^([\w-]+) (\d+) executions", done.stdout, re.MULTILINE)}
    assert counted.keys() == {decoder.name for decoder in DECODERS}
    assert min(counted.values()) >= RUNS
    proof(
        "coverage-guided fuzzing of every decoder",
        case="7",
        promises=["P6"],
        invariants=["only declared errors", "what is taken can be kept", "what is told is short"],
        note=f"{sum(counted.values()):,} executions, {len(counted)} decoders",
    )
