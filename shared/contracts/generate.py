"""Writes the JSON Schema and the golden example of every integration event, and the AsyncAPI document of them all.

`--check` only compares.

python -m shared.contracts.generate           writes shared/contracts/schemas/
python -m shared.contracts.generate --check   fails on drift, and on a change that is not additive since the
schema was first committed
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from shared.contracts.asyncapi import asyncapi
from shared.contracts.compatibility import incompatibilities
from shared.contracts.examples import EXAMPLES
from shared.contracts.registry import EVENTS

FOLDER = Path(__file__).parent / "schemas"


def documents() -> dict[str, str]:
    """File name -> text, for every schema, every example, and the document that binds them together."""
    made: dict[str, str] = {}
    for type_, event in EVENTS.items():
        made[f"{type_}.schema.json"] = _text({"$id": f"urn:regulars:{type_}", **event.model_json_schema()})
    for example in EXAMPLES:
        made[f"{example.type}.example.json"] = _text(example.model_dump(mode="json"))
    made["asyncapi.json"] = _text(asyncapi())
    return made


def broken_promises(made: dict[str, str], committed: dict[str, dict[str, Any]]) -> list[str]:
    """Changes of `made` against the first committed form of each schema that are not additive."""
    return [
        f"{name}: {problem}"
        for name, first in committed.items()
        for problem in (incompatibilities(first, json.loads(made[name])) if name in made else ["removed"])
    ]


def first_committed() -> dict[str, dict[str, Any]]:
    """Each schema as it was in the commit that added it; empty outside a git checkout."""
    log = _git("log", "--reverse", "--diff-filter=A", "--format=%H", "--name-only", "--", str(FOLDER))
    found: dict[str, dict[str, Any]] = {}
    commit = ""
    for line in filter(None, log.splitlines()):
        if "/" not in line:
            commit = line
        elif line.endswith(".schema.json") and Path(line).name not in found:
            found[Path(line).name] = json.loads(_git("show", f"{commit}:{line}"))
    return found


def _git(*arguments: str) -> str:
    run = subprocess.run(  # noqa: S603 - our own arguments
        ["git", *arguments],  # noqa: S607 - whichever git there is
        cwd=FOLDER.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout if run.returncode == 0 else ""


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    made = documents()
    problems = broken_promises(made, first_committed())
    problems += [f"{type_}: has no golden example" for type_ in EVENTS.keys() - {e.type for e in EXAMPLES}]
    present = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    if check:
        problems += [f"{name}: drift; run make schemas" for name, text in made.items() if present.get(name) != text]
        problems += [f"{name}: belongs to no event; delete it" for name in present.keys() - made.keys()]
    if problems:
        sys.stderr.write("\n".join(sorted(problems)) + "\n")
        return 1
    if not check:
        FOLDER.mkdir(exist_ok=True)
        for name, text in made.items():
            (FOLDER / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
