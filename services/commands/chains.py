"""`regulars audit --chain`: whether every service's audit log is still what was written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.table import Table

from services.commands.terminal import attached, console
from shared.access.audit_chain import ANCHOR, Anchor, anchors_in, verify

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ANCHORS_FILE = "audit-anchors.jsonl"


def audit_chains(data_dir: Path, more_anchors: Iterable[Path]) -> bool:
    """Checks every chain against itself and all anchors that are at hand; prints each verdict; whether all hold.

    Anchors are taken from the folder's logs, from `more_anchors`, and from what earlier checks wrote beside the keys.
    Only a chain that holds is anchored again; where there is no folder, its head is printed to be kept.
    """
    kept = data_dir / "keys" / ANCHORS_FILE
    known = [anchor for file in [kept, *_logs(data_dir), *more_anchors] for anchor in _read(file)]
    table = Table("service", "rows", "anchors", "", "detail")
    holding = []
    with attached(data_dir) as system:
        for service in system.services:
            with service.engine.connect() as connection:
                verdict = verify(connection, [anchor.head for anchor in known if anchor.service == service.name])
            mark = "[red bold]BROKEN[/]" if verdict.broken else "[green]holds[/]"
            detail = verdict.broken or f"head {verdict.head.hash.hex()[:16]}"
            table.add_row(service.name, f"{verdict.head.number:,}", f"{verdict.anchors:,}", mark, detail)
            if not verdict.broken:
                holding.append(Anchor(service.name, verdict.head))
        all_hold = len(holding) == len(system.services)
    console.print(table)
    lines = [json.dumps({"event": ANCHOR} | anchor.line()) for anchor in holding if anchor not in known]
    if not lines:
        return all_hold
    if (data_dir / "keys").is_dir():
        with kept.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        console.print(f"Heads noted down in {kept}; keep a copy where nobody who has the database can write.")
    else:
        console.print("Keep these lines where nobody who has the database can write, for --anchors of a later check:")
        for line in lines:
            console.out(line)
    return all_hold


def _logs(data_dir: Path) -> list[Path]:
    return sorted((data_dir / "logs").glob("*.log"))


def _read(file: Path) -> list[Anchor]:
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            return list(anchors_in(lines))
    except FileNotFoundError:
        return []
