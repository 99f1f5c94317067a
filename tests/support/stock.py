"""A stream small enough to test the kernel with: stock that is filled and taken, and can run out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, assert_never
from uuid import UUID

from sqlalchemy import Column, Connection, Integer, MetaData, Table
from sqlalchemy import Text as SqlText

from shared.commands.handler import Addressed, CommandHandler
from shared.contracts.base import View
from shared.contracts.loyalty import PointsReleased
from shared.database.batch import run
from shared.eventstore.store import EventStore, Recorded
from shared.kernel.decider import Decider, StreamId
from shared.kernel.errors import PermanentError, Rejected
from shared.kernel.ids import new_id
from shared.kernel.messages import Cause, Command, DomainEvent
from shared.messaging.consumer import Consumer, Outcome
from shared.messaging.message import Message
from shared.messaging.outbox import Published
from shared.projections.projection import Projection

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Filled(DomainEvent):
    """Units were added."""

    type: ClassVar[str] = "stock_filled"
    units: int


class Taken(DomainEvent):
    """One taker took units."""

    type: ClassVar[str] = "stock_taken"
    units: int


@dataclass(frozen=True, slots=True)
class Fill(Command):
    units: int


@dataclass(frozen=True, slots=True)
class Take(Command):
    units: int


@dataclass(frozen=True, slots=True)
class Break(Command):
    """Fails for good, as a record does that the code cannot handle."""


@dataclass(frozen=True, slots=True)
class Stock:
    left: int = 0


class UsedUp(Rejected):
    """Less is left than was asked for."""

    code = "used_up"


def decide(command: Fill | Take | Break, state: Stock) -> Sequence[Filled | Taken]:
    match command:
        case Fill(units=units):
            return [Filled(units=units)]
        case Take(units=units):
            if state.left < units:
                raise UsedUp(f"{units} wanted, {state.left} left; take less or wait")
            return [Taken(units=units)]
        case Break():
            raise PermanentError("broken", "this never works")
        case _:
            assert_never(command)


def evolve(state: Stock, event: Filled | Taken) -> Stock:
    match event:
        case Filled(units=units):
            return replace(state, left=state.left + units)
        case Taken(units=units):
            return replace(state, left=state.left - units)
        case _:
            assert_never(event)


def stock_decider(*, contended: bool = False) -> Decider[Any, Any, Stock]:
    return Decider(
        category="stock",
        state_type=Stock,
        events=(Filled, Taken),
        initial_state=Stock,
        decide=decide,
        evolve=evolve,
        contended=contended,
    )


LEVELS = Table(
    "levels",
    MetaData(),
    Column("stock_id", SqlText, primary_key=True),
    Column("left_over", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)


def project_levels(connection: Connection, table: str, batch: Sequence[Recorded[Any]]) -> None:
    changes: dict[str, tuple[int, int]] = {}
    for record in batch:
        sign = 1 if isinstance(record.event, Filled) else -1
        change, _ = changes.get(record.stream.id, (0, 0))
        changes[record.stream.id] = (change + sign * record.event.units, record.version)
    run(
        connection,
        f"""
        insert into {table} as l select * from unnest(%(ids)b::text[], %(changes)b::int[], %(versions)b::int[])
        on conflict (stock_id) do update set left_over = l.left_over + excluded.left_over, version = excluded.version
        where l.version < excluded.version
        """,
        {
            "ids": list(changes),
            "changes": [change for change, _ in changes.values()],
            "versions": [version for _, version in changes.values()],
        },
    )


def translate(connection: Connection, batch: Sequence[Recorded[Any]]) -> Iterable[Published]:  # noqa: ARG001
    for record in batch:
        if isinstance(record.event, Taken):
            yield Published(
                of=record,
                key=record.stream.id,
                event=PointsReleased(
                    customer_id=new_id(),
                    account_version=record.version,
                    occurred_at=record.occurred_at,
                    points=record.event.units,
                    available=0,
                    redemption_id=record.event_id,
                    reason="test",
                ),
            )


def stock_handler(*, contended: bool = False, told: bool = False) -> CommandHandler:
    levels = Projection(LEVELS, frozenset({"stock_filled", "stock_taken"}), project_levels)
    store = EventStore("kernel", [stock_decider(contended=contended)])
    if told:
        return CommandHandler(store, translate=translate, projections=[levels])
    return CommandHandler(store, projections=[levels])


def stream(name: str) -> StreamId:
    return StreamId("stock", name)


def because(id_: UUID | None = None) -> Cause:
    cause_id = id_ or new_id()
    return Cause(cause_id, cause_id, NOW)


def ask(name: str, command: Command, cause: Cause | None = None) -> list[Addressed]:
    return [Addressed(stream(name), command, cause or because())]


class StockView(View):
    """What the test consumer reads of `PointsEarned`, used here as any keyed fact."""

    points: int


def stock_consumer(
    handler: CommandHandler,
    *,
    topic: str = "loyalty.events.v1",
    order: Any = "key",
    **more: Any,
) -> Consumer:
    """Fills the stock named by the record's key; -1 points break it, -2 take more than there is."""

    def handle(connection: Connection, batch: Sequence[Message[Any]], *, lock: bool) -> Sequence[Outcome]:
        units = [
            ask((message.key or b"nobody").decode(), _command(message.body.points), message.cause) for message in batch
        ]
        return [Outcome(decision.error) for decision in handler.run(connection, units, lock=lock)]

    return Consumer(
        name="kernel.stock",
        topics=(topic,),
        views={"loyalty.points_earned.v1": StockView},
        handle=handle,
        order=order,
        **more,
    )


def _command(points: int) -> Command:
    if points == -1:
        return Break()
    return Take(units=1_000_000) if points == -2 else Fill(units=points)
