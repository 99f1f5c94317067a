"""The routes by which whoever runs a service looks at it and mends it: the same in every service.

They show no payload: neither keys nor bytes of records, which may be about persons. What they change is what
`regulars parked redrive` and `regulars rebuild` change, and it is in the audit log under who asked.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Annotated

import structlog
from fastapi import APIRouter, Depends, Query

from shared.access.audit_log import Entry, append
from shared.access.calls import CallDep
from shared.access.permissions import requires
from shared.access.visibility import ForTheWholeChain
from shared.database.batch import fetch
from shared.kernel.errors import NotFound
from shared.messaging.lag import backlogs, log_bounds, outbox_size
from shared.messaging.offsets import list_offsets
from shared.messaging.parking import list_parked
from shared.messaging.redrive import redrive
from shared.messaging.relay import parked_rows, publish_again
from shared.projections.rebuilding import last_rebuilds, rebuild, require, sources_of
from shared.runtime.operations_views import (
    ConsumerState,
    OperationsView,
    ParkedPage,
    ParkedRecord,
    Queue,
    ReadModelState,
    RebuildAsked,
    RebuildRequest,
    Redriven,
    RedriveRequest,
    TopicLag,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from shared.messaging.consumer import Consumer
    from shared.messaging.lag import LogBounds
    from shared.messaging.offsets import Place
    from shared.runtime.plant import Plant
    from shared.runtime.service import Service

log = structlog.get_logger(__name__)

READ, WRITE = "operations.read", "operations.write"
_LARGEST_ID = 2**63 - 1


class ConsumerNotFound(NotFound):
    """The service has no consumer of this name."""

    code = "consumer_not_found"


def operations_router(service: Service, plant: Plant) -> APIRouter:
    """The routes of one service."""
    routes = APIRouter(tags=["operations"])
    whole = Depends(ForTheWholeChain())
    relay = f"{service.name}.relay"

    @routes.get(
        "/operations",
        summary="Show how the service's background work stands",
        description="By the database's own offsets. The lag is null where this process was not told of the event log.",
        dependencies=[requires(READ), whole],
    )
    def show() -> OperationsView:
        return look(service, plant)

    @routes.get(
        "/operations/parked",
        summary="List records that could not be handled",
        description="The oldest first: those that consumers parked, or those that the log refused from the relay."
        " Never what is in them.",
        dependencies=[requires(READ), whole],
    )
    def show_parked(
        queue: Queue = "consumers",
        cursor: Annotated[int, Query(ge=0, le=_LARGEST_ID)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> ParkedPage:
        with service.engine.connect() as connection:
            if queue == "relay":
                rows = parked_rows(connection, after=cursor, limit=limit + 1)
                items = [ParkedRecord.of_relay(relay, row) for row in rows]
            else:
                items = [
                    ParkedRecord.of_consumer(parked)
                    for parked in list_parked(connection, after=cursor, limit=limit + 1)
                ]
        more = len(items) > limit
        return ParkedPage(items=items[:limit], next_cursor=items[limit - 1].parked_id if more else None)

    @routes.post(
        "/operations/parked/redrive",
        summary="Handle a parked record again, and what waits behind it",
        description="In order, in one transaction; what fails again stays parked. For the relay: what the log refused"
        " goes back to the outbox. Asking twice does nothing more.",
        dependencies=[requires(WRITE), whole],
    )
    def redrive_parked(body: RedriveRequest, call: CallDep) -> Redriven:
        entry = Entry(call.caller.name, "parked_redriven", f"parked/{body.consumer}/{body.parked_id}")
        if body.consumer == relay:
            with service.engine.begin() as connection:
                back = publish_again(connection, body.parked_id)
                append(connection, [entry])
            return Redriven(handled=back, still_parked=0)
        consumer = _consumer(service, body.consumer)
        event_log = plant.required_log()
        # Before it is done: what an operator set going is known even if the process dies over it.
        with service.engine.begin() as connection:
            append(connection, [entry])
        done = redrive(service.engine, consumer, event_log, body.parked_id)
        return Redriven(handled=done.handled, still_parked=done.still_parked)

    @routes.post(
        "/operations/rebuilds",
        status_code=202,
        summary="Make a read model anew",
        description="Beside the live one, which serves meanwhile; `GET /operations` says when it has ended, and whether"
        " the two were equal.",
        dependencies=[requires(WRITE), whole],
    )
    def rebuild_read_model(body: RebuildRequest, call: CallDep) -> RebuildAsked:
        require(service, body.read_model)
        owner = plant.owner_of(service.name)
        arguments = (service, body.read_model, owner, plant, call.caller.name)
        threading.Thread(target=_rebuild, args=arguments, name="rebuild", daemon=True).start()
        return RebuildAsked(read_model=body.read_model)

    return routes


def look(service: Service, plant: Plant) -> OperationsView:
    """How far consumers and relay are, what is parked, and when read models were last made anew."""
    event_log = plant.event_log()
    topics = {topic for consumer in service.consumers for topic in consumer.topics}
    # Before the transaction: the log may take long to answer.
    bounds = log_bounds(event_log, topics) if event_log is not None else None
    outbox = outbox_size(service.engine)
    with service.engine.connect() as connection:
        places = list_offsets(connection)
        parked = dict(
            fetch(connection, "select consumer, count(*) from parked where reason <> 'erased' group by consumer"),
        )
        [(refused,)] = fetch(connection, "select count(*) from outbox_parked")
        return OperationsView(
            service=service.name,
            outbox=outbox,
            outbox_parked=refused,
            consumers=[
                _state(consumer, places, bounds, parked.get(consumer.name, 0)) for consumer in service.consumers
            ],
            read_models=_read_models(connection, service),
        )


def _state(consumer: Consumer, places: list[Place], bounds: LogBounds | None, parked: int) -> ConsumerState:
    lags = None
    if bounds is not None:
        lags = [
            TopicLag(
                topic=topic,
                partitions=len(bounds[topic]),
                behind=sum(found.records for found in backlogs(places, consumer.name, [topic], bounds)),
            )
            for topic in consumer.topics
        ]
    return ConsumerState(
        consumer=consumer.name,
        behind=None if lags is None else sum(lag.behind for lag in lags),
        topics=lags,
        parked=parked,
    )


def _read_models(connection: Connection, service: Service) -> list[ReadModelState]:
    last = last_rebuilds(connection, service)
    return [ReadModelState.of(name, fed_by, last.get(name)) for name, fed_by in sources_of(service).items()]


def _consumer(service: Service, name: str) -> Consumer:
    known = {consumer.name: consumer for consumer in service.consumers}
    if name not in known:
        message = f"no consumer {name!r} here; there are: {', '.join([*known, f'{service.name}.relay'])}"
        raise ConsumerNotFound(message, field="consumer")
    return known[name]


def _rebuild(service: Service, name: str, owner: Engine, plant: Plant, actor: str) -> None:
    try:
        rebuild(service, name, owner, plant.required_log, actor=actor)
    except Exception as error:
        # Nobody waits for it any more: the audit log, and so the next look, says that it failed and why.
        log.exception("rebuild_failed", read_model=f"{service.name}.{name}", error=type(error).__name__)
    finally:
        owner.dispose()
