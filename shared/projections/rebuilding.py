"""Rebuilding a service's read models by name, with the start and the end of each in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.access.audit_log import Entry, append
from shared.database.batch import fetch
from shared.database.migrate import application_role
from shared.kernel.errors import NotFound, RegularsError
from shared.projections.rebuild import rebuild_projection, rebuild_topic_read_model, report_nothing

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from shared.messaging.log import EventLog
    from shared.projections.rebuild import Progress, RebuildReport
    from shared.runtime.service import Service

STARTED, FINISHED, FAILED = "rebuild_started", "rebuild_finished", "rebuild_failed"


class ReadModelNotFound(NotFound):
    """The service has no read model of this name."""

    code = "read_model_not_found"


@dataclass(frozen=True, slots=True)
class LastRebuild:
    """The newest that the audit log says of a read model's rebuilds."""

    action: str
    at: datetime
    details: dict[str, object]


def sources_of(service: Service) -> dict[str, str]:
    """What feeds each read model of `service`."""
    return {projection.name: "the service's own events" for projection in service.handler.projections} | {
        model.name: f"topics {', '.join(model.consumer.topics)}" for model in service.topic_read_models
    }


def require(service: Service, name: str) -> None:
    """Raises `ReadModelNotFound`."""
    known = sources_of(service)
    if name not in known:
        message = f"{service.name} has no read model {name!r}; there are: {', '.join(known)}"
        raise ReadModelNotFound(message, field="read_model")


def rebuild(
    service: Service,
    name: str,
    owner: Engine,
    event_log: Callable[[], EventLog],
    *,
    actor: str,
    progress: Progress = report_nothing,
) -> RebuildReport:
    """Makes a read model anew and writes down by whom. Raises `ReadModelNotFound` and what a rebuild raises."""
    require(service, name)
    note(service, actor, STARTED, name)
    role = application_role(service.name)
    projection = next((p for p in service.handler.projections if p.name == name), None)
    try:
        if projection is not None:
            report = rebuild_projection(owner, service.handler.store, projection, role, progress)
        else:
            model = next(model for model in service.topic_read_models if model.name == name)
            report = rebuild_topic_read_model(owner, event_log(), model, role, progress)
    except Exception as error:
        why = str(error) if isinstance(error, RegularsError) else type(error).__name__
        note(service, actor, FAILED, name, why=why)
        raise
    note(service, actor, FINISHED, name, read=str(report.read), equal=str(report.equal).lower())
    return report


def note(service: Service, actor: str, action: str, name: str, **details: str) -> None:
    """Adds to the service's audit log what becomes of a rebuild."""
    with service.engine.begin() as connection:
        append(connection, [Entry(actor, action, _subject(name), details)])


def last_rebuilds(connection: Connection, service: Service) -> dict[str, LastRebuild]:
    """The newest word on each read model that was ever rebuilt."""
    rows = fetch(
        connection,
        """
        select name, l.action, l.at, l.details from unnest(%(names)b::text[]) as asked(name) cross join lateral (
          select action, at, details from audit_log where subject = 'read-model/' || asked.name
          order by number desc limit 1
        ) l
        """,
        {"names": list(sources_of(service))},
    )
    return {name: LastRebuild(*said) for name, *said in rows}


def _subject(name: str) -> str:
    return f"read-model/{name}"
