"""Rebuilding any read model by name: which there are, and what feeds each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

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

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

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
            report = rebuild_topic_read_model(owner, model, system.event_log, application_role(service_name), show)
    owner.dispose()
    console.print(report)
    return report.equal
