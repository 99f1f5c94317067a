"""The mutation check's table, printed and written between the markers of docs/proof.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.simulation.mutations import MUTATIONS, Verdict, try_out
from tests.simulation.running import ROOT

PROOF = ROOT / "docs" / "proof.md"
BEGIN, END = "<!-- simulation -->", "<!-- /simulation -->"


def mutation_check(*, quick: bool) -> list[Verdict]:
    """Every planted bug, tried out; `quick` begins at the seed that is known to catch it."""
    return [try_out(mutation, first=mutation.known if quick else 1) for mutation in MUTATIONS]


def table(verdicts: Sequence[Verdict]) -> str:
    lines = ["| planted bug | seeds until caught | caught by |", "|---|---|---|"]
    lines += [f"| {v.name} | {v.seeds} | {v.invariant or '**survived**'} |" for v in verdicts]
    return "\n".join(lines)


def write(summary: str, verdicts: Sequence[Verdict], path: Path = PROOF) -> None:
    """Replaces what is between the markers, or adds the section."""
    section = f"{BEGIN}\n{summary}\n\n{table(verdicts)}\n{END}"
    text = path.read_text() if path.exists() else "# Proof\n"
    if BEGIN in text:
        before, rest = text.split(BEGIN, 1)
        text = before + section + rest.split(END, 1)[1]
    else:
        text = f"{text.rstrip()}\n\n## Simulation\n\n{section}\n"
    path.write_text(text)
