"""Rebuilding any read model by name: which there are, and what feeds each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from shared.projections.rebuilding import rebuild, sources_of

if TYPE_CHECKING:
    from rich.console import Console

    from services.attached import Attached
    from shared.runtime.service import Service

OPERATOR = "operator"
"""Who rebuilds by a command: somebody with the system's own credentials."""


def read_models(services: list[Service]) -> dict[str, str]:
    """`<service>.<read model>` -> what feeds it."""
    return {f"{service.name}.{name}": fed_by for service in services for name, fed_by in sources_of(service).items()}


def rebuild_read_model(console: Console, system: Attached, name: str) -> bool:
    """Rebuilds `name` with progress, prints what was found, and whether old and new were equal."""
    service_name, _, model = name.partition(".")
    service = next(s for s in system.services if s.name == service_name)
    owner = system.owner_engine(service_name)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(name, total=None)

        def show(read: int, left: int) -> None:
            progress.update(task, completed=read, total=read + left)

        report = rebuild(service, model, owner, lambda: system.event_log, actor=OPERATOR, progress=show)
    owner.dispose()
    table = Table("table", "rows", "missing", "surplus", "changed", "first keys that differ")
    for made in report.tables:
        counts = (made.rows, made.missing, made.surplus, made.changed)
        table.add_row(made.table, *(f"{n:,}" for n in counts), ", ".join(made.keys))
    console.print(table)
    console.print(
        f"{report.read:,} read, writers held for {report.blocked_s * 1000:,.0f} ms:"
        f" {'old and new were equal' if report.equal else 'the old one was wrong, the new one serves now'}.",
    )
    return report.equal
