"""Rebuilding any read model by name: which there are, and what feeds each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from shared.database.migrate import application_role
from shared.projections.rebuild import rebuild_projection, rebuild_topic_read_model

if TYPE_CHECKING:
    from rich.console import Console

    from services.attached import Attached
    from shared.runtime.service import Service


def read_models(services: list[Service]) -> dict[str, str]:
    """`<service>.<read model>` -> what feeds it."""
    return {
        f"{service.name}.{projection.name}": "the service's own events"
        for service in services
        for projection in service.handler.projections
    } | {
        f"{service.name}.{model.name}": f"topics {', '.join(model.consumer.topics)}"
        for service in services
        for model in service.topic_read_models
    }


def rebuild_read_model(console: Console, system: Attached, name: str) -> bool:
    """Rebuilds `name` with progress, prints what was found, and whether old and new were equal."""
    service_name, _, model_name = name.partition(".")
    service = next(s for s in system.services if s.name == service_name)
    owner = system.owner_engine(service_name)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(name, total=None)

        def show(read: int, left: int) -> None:
            progress.update(task, completed=read, total=read + left)

        projection = next((p for p in service.handler.projections if p.name == model_name), None)
        if projection is not None:
            report = rebuild_projection(
                owner,
                service.handler.store,
                projection,
                application_role(service_name),
                show,
            )
        else:
            model = next(m for m in service.topic_read_models if m.name == model_name)
            report = rebuild_topic_read_model(owner, system.event_log, model, application_role(service_name), show)
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
