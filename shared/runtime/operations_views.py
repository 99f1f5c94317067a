"""What the routes of `shared.runtime.operations` take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from shared.kernel.text import Code
from shared.projections import rebuilding

if TYPE_CHECKING:
    from shared.messaging.parking import Parked
    from shared.messaging.relay import ParkedRow
    from shared.projections.rebuilding import LastRebuild

Queue = Literal["consumers", "relay"]
RebuildState = Literal["running", "equal", "differed", "failed"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TopicLag(_Frozen):
    """What waits in one topic, over all its partitions."""

    topic: str
    partitions: int
    behind: int = Field(description="Records that are still to be handled.")


class ConsumerState(_Frozen):
    """How far one consumer is."""

    consumer: str
    behind: int | None = Field(description="Over all its topics; null where this process does not know the log.")
    topics: list[TopicLag] | None
    parked: int


class ReadModelState(_Frozen):
    """A read model, and what became of its last rebuild."""

    read_model: str
    fed_by: str
    rebuild: RebuildState | None = Field(
        description="Null: never. Differed: the old one was wrong, the new one serves."
    )
    rebuilt_at: datetime | None = Field(description="When that was so.")
    why: str | None = Field(description="Of a failed one.")

    @classmethod
    def of(cls, name: str, fed_by: str, last: LastRebuild | None) -> Self:
        """From the audit log's last word."""
        if last is None:
            return cls(read_model=name, fed_by=fed_by, rebuild=None, rebuilt_at=None, why=None)
        why = str(last.details["why"]) if "why" in last.details else None
        return cls(read_model=name, fed_by=fed_by, rebuild=_state(last), rebuilt_at=last.at, why=why)


class OperationsView(_Frozen):
    """How a service's background work stands."""

    service: str
    outbox: int = Field(description="Records that the relay has yet to publish.")
    outbox_parked: int = Field(description="Those that the log refused, and what waits behind them.")
    consumers: list[ConsumerState]
    read_models: list[ReadModelState]


class ParkedRecord(_Frozen):
    """A record that could not be handled, without what is in it."""

    parked_id: int
    consumer: str
    topic: str
    partition: int | None = Field(description="Null for the relay's: it has no place in the log yet.")
    offset: int | None
    reason: str
    detail: str
    waits_behind: bool = Field(description="It waits only because of an earlier one of the same key.")
    parked_at: datetime

    @classmethod
    def of_consumer(cls, parked: Parked) -> Self:
        """What a consumer parked."""
        return cls(
            parked_id=parked.id,
            consumer=parked.consumer,
            topic=parked.record.topic,
            partition=parked.record.partition,
            offset=parked.record.offset,
            reason=parked.reason,
            detail=parked.detail,
            waits_behind=parked.follower,
            parked_at=parked.parked_at,
        )

    @classmethod
    def of_relay(cls, relay: str, row: ParkedRow) -> Self:
        """What the log refused."""
        return cls(
            parked_id=row.id,
            consumer=relay,
            topic=row.topic,
            partition=None,
            offset=None,
            reason="refused_by_log",
            detail=row.reason,
            waits_behind=False,
            parked_at=row.parked_at,
        )


class ParkedPage(_Frozen):
    """The oldest first."""

    items: list[ParkedRecord]
    next_cursor: int | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")


class RedriveRequest(_Frozen):
    """Which record."""

    consumer: Code = Field(description="As the list names it, such as loyalty.sales or stores.relay.")
    parked_id: Annotated[int, Field(ge=1, lt=2**63)]


class Redriven(_Frozen):
    """What became of it and of what waited behind it."""

    handled: int
    still_parked: int


class RebuildRequest(_Frozen):
    """Which read model."""

    read_model: Code = Field(description="As `GET /operations` names it.")


class RebuildAsked(_Frozen):
    """It has begun."""

    read_model: str


def _state(last: LastRebuild) -> RebuildState:
    if last.action == rebuilding.STARTED:
        return "running"
    if last.action == rebuilding.FAILED:
        return "failed"
    return "equal" if last.details.get("equal") == "true" else "differed"
