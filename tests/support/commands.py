"""`regulars` commands in processes of their own that start in a moment."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shared.kernel import failpoints
from shared.testing.waiting import PATIENCE
from tests.support.processes import CONTEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.context import ForkServerProcess

RUN_S_MAX = 90 * PATIENCE


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


def regulars(*arguments: str, environment: Mapping[str, str]) -> Ran:
    """Runs `regulars` with nothing of ours in its environment but `environment`."""
    with tempfile.TemporaryDirectory() as folder:
        process = CONTEXT.Process(target=_main, args=(arguments, dict(environment), folder))
        process.start()
        process.join(RUN_S_MAX)
        if process.is_alive():
            process.kill()
            raise TimeoutError(arguments)
        stdout, stderr = (Path(folder, name).read_text() for name in ("stdout", "stderr"))
        return Ran(process.exitcode or 0, stdout, stderr)


@contextmanager
def running(*arguments: str, environment: Mapping[str, str]) -> Iterator[ForkServerProcess]:
    """A `regulars` command that stays, in a process that is killed if it is still there at the end."""
    with tempfile.TemporaryDirectory() as folder:
        process = CONTEXT.Process(target=_main, args=(arguments, dict(environment), folder))
        process.start()
        try:
            yield process
        finally:
            process.kill()
            process.join()


def _main(arguments: tuple[str, ...], environment: dict[str, str], folder: str) -> None:
    for name in [name for name in os.environ if name.startswith("REGULARS_")]:
        del os.environ[name]
    os.environ.update({"COLUMNS": "200", **environment})
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT), number)
    # Read when it was first imported, which was in the server that this process is forked from.
    failpoints.plan(environment.get(failpoints.VARIABLE, ""))
    from services.cli import main  # noqa: PLC0415 - in the child only

    sys.argv = ["regulars", *arguments]
    main()
