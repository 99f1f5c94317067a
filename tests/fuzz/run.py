"""Fuzzes decoders with atheris: `python -m tests.fuzz.run --runs 5000000 [--seconds 60] [--jobs 2] [NAME ...]`.

One process imports everything with coverage instrumentation and forks one child per decoder, for libFuzzer never comes
back. Prints one line per decoder: executions, seconds, and `crash` with the file that holds the input and what it did.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import atheris
import structlog

with atheris.instrument_imports(include=["shared", "services", "phonenumbers.phonenumberutil"]):
    from tests.fuzz.decoders import DECODERS, seeds_of
from tests.fuzz.mutation import json_mutator

if TYPE_CHECKING:
    from tests.fuzz.decoders import Decoder

INPUT_BYTES_MAX = 4096
INPUT_S_MAX = 10
MEMORY_MIB_MAX = 2048
_DONE = re.compile(r"stat::number_of_executed_units: (\d+)")
_SECONDS = re.compile(r"in (\d+) second")


def main() -> None:
    """Runs the decoders that were named, all by default, and ends with 1 if one of them crashed."""
    options = _options()
    chosen = [decoder for decoder in DECODERS if not options.names or decoder.name in options.names]
    waiting, running, crashed = list(reversed(chosen)), {}, False
    while waiting or running:
        while waiting and len(running) < options.jobs:
            decoder = waiting.pop()
            folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{decoder.name}-", dir=options.folder))
            running[_forked(decoder, folder, options)] = (decoder, folder)
        pid, status = os.wait()
        decoder, folder = running.pop(pid)
        crashed |= status != 0
        print(_told(decoder, folder, status), flush=True)  # noqa: T201 - what it is for
    sys.exit(crashed)


def _forked(decoder: Decoder, folder: Path, options: argparse.Namespace) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        _fuzz(decoder, folder, options)
    return pid


def _fuzz(decoder: Decoder, folder: Path, options: argparse.Namespace) -> NoReturn:
    said = os.open(folder / "said.txt", os.O_WRONLY | os.O_CREAT)
    os.dup2(said, 1)
    os.dup2(said, 2)
    tempfile.tempdir = str(folder)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds_of(decoder)):
        (corpus / f"{number:03}").write_bytes(seed)
    arguments = [
        decoder.name,
        f"-runs={options.runs}",
        f"-max_total_time={options.seconds}",
        f"-max_len={INPUT_BYTES_MAX}",
        f"-timeout={INPUT_S_MAX}",
        f"-rss_limit_mb={MEMORY_MIB_MAX}",
        f"-seed={options.seed}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
        "-verbosity=1",
        str(corpus),
    ]
    mutator = {} if decoder.prefix is None else {"custom_mutator": json_mutator(decoder.prefix)}
    atheris.Setup(arguments, decoder.read, **mutator)
    atheris.Fuzz()
    os._exit(0)


def _told(decoder: Decoder, folder: Path, status: int) -> str:
    said = (folder / "said.txt").read_text(errors="backslashreplace")
    executions, seconds = _DONE.search(said), _SECONDS.search(said)
    line = f"{decoder.name} {executions[1] if executions else 0} executions in {seconds[1] if seconds else '?'} s"
    if status == 0:
        subprocess.run(["rm", "-r", "--", str(folder)], check=True)  # noqa: S607
        return line
    inputs = ", ".join(str(path) for path in folder.glob("*-*") if path.is_file())
    return f"{line}: crash, see {inputs or folder}\n{said[-3_000:]}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *(decoder.name for decoder in DECODERS)])
    parser.add_argument("--runs", type=int, default=100_000, help="executions of each decoder")
    parser.add_argument("--seconds", type=int, default=0, help="at most, for each; 0 is no limit")
    parser.add_argument("--jobs", type=int, default=1, help="decoders at the same time")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 2**31))
    parser.add_argument("--folder", type=Path, default=None, help="where inputs that crash are left")
    return parser.parse_args()


if __name__ == "__main__":
    main()
