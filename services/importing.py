"""`regulars import` on a system: progress while it runs, and what became of the receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from services.stores.bootstrap import build_importer
from services.stores.settings import StoresSettings

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from services.stores.application.importing import ImportCounts


def run_import(console: Console, file: Path, rejects: Path) -> bool:
    """Imports `file` into the attached system, prints the counts, and whether every receipt was taken.

    Raises `InvalidInput` before anything is taken when format, encoding or columns are wrong.
    """
    importer = build_importer(StoresSettings())
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        MofNCompleteColumn(),
        TextColumn("receipts"),
        TimeElapsedColumn(),
    )
    try:
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(file.name, total=None)

            def show(counts: ImportCounts) -> None:
                progress.update(task, completed=counts.receipts)

            counts = importer.run(file, rejects=rejects, progress=show)
    finally:
        importer.engine.dispose()
    outcomes = ", ".join(f"{n:,} {outcome}" for outcome, n in sorted(counts.outcomes.items()) if n)
    console.print(f"{counts.rows:,} rows, {counts.receipts:,} receipts: {outcomes or 'nothing'}")
    refused = counts.outcomes["invalid"] + counts.outcomes["quarantined"]
    if refused:
        console.print(f"{refused:,} were not recorded; why is in {rejects}")
    else:
        rejects.unlink(missing_ok=True)
    return not refused
