"""The one way to change a service: a batch of commands, decided in memory, written with a few statements.

HTTP calls it with one command or a thousand, consumers with what their records ask for. A command that is
rejected or fails leaves nothing behind and does not disturb its neighbours.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from shared.database.batch import together
from shared.eventstore.store import Change, EventStore, Loaded, Recorded
from shared.kernel.errors import ConcurrencyConflict, Rejected, TransientError
from shared.kernel.failpoints import failpoint
from shared.messaging.outbox import add_to_outbox
from shared.observability import tracing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from shared.kernel.decider import StreamId
    from shared.kernel.messages import Cause, Command, DomainEvent
    from shared.messaging.outbox import Published
    from shared.projections.projection import Projection


FEW = 8
"""Events that are written as one statement; more of them are cheaper with COPY."""


class Addressed(NamedTuple):
    """A command, the stream that decides it, and why it is given."""

    stream: StreamId
    command: Command
    cause: Cause


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one unit of work: its events, or the error that stopped it."""

    events: Sequence[Recorded[DomainEvent]] = ()
    states: dict[StreamId, Loaded] = field(default_factory=dict)
    """The streams that the unit touched, as they stand after it."""
    error: Exception | None = None

    @property
    def rejected(self) -> Rejected | None:
        """The business's no, if that is what stopped it."""
        return self.error if isinstance(self.error, Rejected) else None

    def unwrap(self) -> Decision:
        """Itself; raises the error that stopped it."""
        if self.error is not None:
            raise self.error
        return self


class Translate(Protocol):
    """Domain events to integration events: the anti-corruption line of a service.

    Gets a whole batch in order and gives, for each event that others need to know, what to tell them.
    """

    def __call__(self, connection: Connection, batch: Sequence[Recorded[Any]]) -> Iterable[Published]: ...


def publish_nothing(connection: Connection, batch: Sequence[Recorded[Any]]) -> Iterable[Published]:  # noqa: ARG001 - Translate's shape
    """The translation of a service that tells nobody anything."""
    return ()


class CommandHandler:
    """Decides batches of commands for one service."""

    def __init__(
        self,
        store: EventStore,
        *,
        translate: Translate = publish_nothing,
        projections: Sequence[Projection] = (),
    ) -> None:
        self.store = store
        self.translate = translate
        self.projections = tuple(projections)

    def run(
        self,
        connection: Connection,
        units: Sequence[Sequence[Addressed]],
        *,
        lock: bool = False,
    ) -> list[Decision]:
        """Decides each unit in order, all or nothing per unit, and writes what was decided.

        A unit is what stands or falls together: usually one command. Later units see what earlier ones
        decided. Raises `ConcurrencyConflict` when another writer came between: roll back and call again,
        with `lock` if it must not happen twice. Commits nothing.
        """
        with tracing.step("load"):
            loaded = self.store.load(connection, (a.stream for unit in units for a in unit), lock=lock)
        versions = {stream: entry.version for stream, entry in loaded.items()}
        with tracing.step("decide"):
            decisions = [self._decide(unit, loaded) for unit in units]
        recorded = [record for decision in decisions for record in decision.events]
        failpoint("consumer.before_append")
        self.write(connection, recorded, loaded, versions)
        return decisions

    def _decide(self, unit: Sequence[Addressed], loaded: dict[StreamId, Loaded]) -> Decision:
        staged: dict[StreamId, Loaded] = {}
        recorded: list[Recorded[DomainEvent]] = []
        try:
            for addressed in unit:
                stream = addressed.stream
                decider = self.store.deciders[stream.category]
                before = staged.get(stream) or loaded[stream]
                events = decider.decide(addressed.command, before.state)
                records = self.store.record(stream, before.version, events, addressed.cause)
                staged[stream] = Loaded(before.version + len(events), decider.fold(events, before.state))
                recorded.extend(records)
        except (ConcurrencyConflict, TransientError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a decision raises belongs to its unit, not to the batch
            return Decision(error=error)
        loaded.update(staged)
        return Decision(events=recorded, states=staged)

    def write(
        self,
        connection: Connection,
        recorded: Sequence[Recorded[DomainEvent]],
        loaded: dict[StreamId, Loaded],
        versions: dict[StreamId, int],
    ) -> None:
        """Appends, fills the outbox and projects: one statement each per table."""
        if not recorded:
            return
        by_stream: dict[StreamId, list[Recorded[DomainEvent]]] = {}
        for record in recorded:
            by_stream.setdefault(record.stream, []).append(record)
        changes = [
            Change(stream, versions[stream], records, loaded[stream].state) for stream, records in by_stream.items()
        ]
        # One request changes a handful of rows in as many tables: the way there and back would cost more than they do.
        with together(connection) if len(recorded) <= FEW else nullcontext():
            self._write(connection, changes, recorded)

    def _write(
        self, connection: Connection, changes: Sequence[Change], recorded: Sequence[Recorded[DomainEvent]]
    ) -> None:
        with tracing.step("append"):
            self.store.append(connection, changes)
        # A record's header names who caused it, not the step in which it is written.
        add_to_outbox(connection, self.store.service, self.translate(connection, recorded))
        with tracing.step("project"):
            for projection in self.projections:
                batch = [record for record in recorded if record.event.type in projection.types]
                if batch:
                    failpoint("projection.before_table")
                    projection.project(connection, projection.name, batch)
