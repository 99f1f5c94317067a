"""The event store: loads the states that a batch touches in one query, appends its events in one COPY.

Every function works inside the caller's transaction and commits nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import orjson

from shared.database.batch import copy_rows, fetch, run
from shared.eventstore.append_lock import share_append_lock
from shared.eventstore.registry import EventRegistry
from shared.kernel.decider import Decider, StreamId
from shared.kernel.errors import ConcurrencyConflict, InvalidInput
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.kernel.messages import Cause, DomainEvent

AnyDecider = Decider[Any, Any, Any]
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The character NUL as JSON escapes it, and not a backslash that somebody wrote before `u0000`."""
E_co = TypeVar("E_co", bound="DomainEvent", covariant=True)


class Loaded(NamedTuple):
    """A stream's folded state and the version that it reflects (0: no event yet)."""

    version: int
    state: Any


class Recorded(NamedTuple, Generic[E_co]):
    """An event of a stream with its place and its metadata: what projections and translations read."""

    stream: StreamId
    version: int
    event_id: UUID
    event: E_co
    data: bytes
    occurred_at: datetime
    causation_id: UUID
    correlation_id: UUID
    actor: str
    trace: str | None = None
    """The cause's, for what is told of the event now. Not kept: a trace is over long before the event is read again."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one stream gains in this transaction: `events` follow `expected`, and leave `state`."""

    stream: StreamId
    expected: int
    events: Sequence[Recorded[DomainEvent]]
    state: Any


class EventStore:
    """The streams of one service. `decider.category` names the kinds of streams that it knows."""

    def __init__(self, service: str, deciders: Iterable[AnyDecider]) -> None:
        self.service = service
        self.deciders: dict[str, AnyDecider] = {decider.category: decider for decider in deciders}
        self.registry = EventRegistry(self.deciders.values())

    def load(
        self,
        connection: Connection,
        streams: Iterable[StreamId],
        *,
        lock: bool = False,
    ) -> dict[StreamId, Loaded]:
        """The state of each stream; the initial state at version 0 where there is none.

        Rows of contended categories are locked in sorted order before they are read, so that of many
        callers each sees what the one before left; with `lock`, all rows are.
        """
        wanted = sorted(set(streams))
        contended = [s for s in wanted if lock or self.deciders[s.category].contended]
        others = sorted(set(wanted).difference(contended)) if contended else wanted
        loaded: dict[StreamId, Loaded] = {}
        rows = self._locked(connection, contended) if contended else []
        if others:
            rows += fetch(connection, _STATES, _columns(others))
        for category, id_, version, schema_hash, state in rows:
            decider = self.deciders[category]
            if schema_hash == decider.schema_hash and version > 0:
                loaded[StreamId(category, id_)] = Loaded(version, decider.state_adapter.validate_json(state))
        missing = [stream for stream in wanted if stream not in loaded]
        if missing:
            loaded.update(self._fold(connection, missing))
        return loaded

    def append(self, connection: Connection, changes: Sequence[Change]) -> None:
        """Adds the events of `changes` and their new states.

        Raises `ConcurrencyConflict` when a stream is no longer at its expected version; the caller rolls
        back. Events whose id exists already fail with the constraint `events_event_id`: they are done.
        """
        if not changes:
            return
        share_append_lock(connection)
        # The state row is the guard of the version: whoever upserts it first wins, and the second waits
        # for the first and then finds another version. Sorted, so that two batches never cross.
        ordered = sorted(changes, key=lambda change: change.stream)
        touched = self._upsert_states(connection, ordered)
        if touched != len(ordered):
            raise ConcurrencyConflict([str(change.stream) for change in ordered])
        copy_rows(
            connection,
            "events (stream_category, stream_id, stream_version, event_id, type, schema_version, data,"
            " metadata, occurred_at)",
            (
                (
                    record.stream.category,
                    record.stream.id,
                    record.version,
                    record.event_id.hex,
                    record.event.type,
                    record.event.schema_version,
                    record.data.decode(),
                    orjson.dumps(
                        {
                            "causation_id": record.causation_id,
                            "correlation_id": record.correlation_id,
                            "actor": record.actor,
                        },
                    ).decode(),
                    record.occurred_at.isoformat(),
                )
                for change in ordered
                for record in change.events
            ),
        )

    def record(
        self,
        stream: StreamId,
        after_version: int,
        events: Sequence[DomainEvent],
        cause: Cause,
    ) -> list[Recorded[DomainEvent]]:
        """Gives `events` their place and ids. Ids derive from the cause: handling it again gives the same.

        Raises `InvalidInput` for an event with a text that PostgreSQL could take and never read again.
        """
        return [
            Recorded(
                stream=stream,
                version=after_version + n,
                event_id=derived_id(cause.id, self.service, stream, event.type, n),
                event=event,
                data=_keepable(event),
                occurred_at=cause.occurred_at,
                causation_id=cause.id,
                correlation_id=cause.correlation_id,
                actor=cause.actor,
                trace=cause.trace,
            )
            for n, event in enumerate(events, start=1)
        ]

    def read(
        self,
        connection: Connection,
        streams: Iterable[StreamId],
    ) -> dict[StreamId, list[Recorded[DomainEvent]]]:
        """Every event of each stream, in order. For folding, auditing and history, never for a decision."""
        wanted = sorted(set(streams))
        found: dict[StreamId, list[Recorded[DomainEvent]]] = {stream: [] for stream in wanted}
        rows = fetch(
            connection,
            f"""
            select {_EVENT_COLUMNS} from events e
            join unnest(%(categories)b::text[], %(ids)b::text[]) as w(category, id)
              on e.stream_category = w.category and e.stream_id = w.id
            order by e.stream_category, e.stream_id, e.stream_version
            """,
            _columns(wanted),
        )
        for _, record in self._recorded(rows):
            found[record.stream].append(record)
        return found

    def read_all(
        self,
        connection: Connection,
        *,
        after: int,
        up_to: int,
        limit: int,
        types: Sequence[str] | None = None,
    ) -> list[tuple[int, Recorded[DomainEvent]]]:
        """One page of all events by position, `after` < position <= `up_to`: for rebuilds and audits.

        Complete only if no append at or below `up_to` is still open (see `append_lock`).
        """
        rows = fetch(
            connection,
            f"""
            select {_EVENT_COLUMNS} from events e
            where e.position > %(after)s and e.position <= %(up_to)s
              and (%(types)b::text[] is null or e.type = any(%(types)b::text[]))
            order by e.position limit %(limit)s
            """,
            {"after": after, "up_to": up_to, "limit": limit, "types": list(types) if types else None},
        )
        return list(self._recorded(rows))

    def find(self, connection: Connection, event_ids: Iterable[UUID]) -> list[Recorded[DomainEvent]]:
        """Those of the events that are here, in the order of their positions. For comparing with what was told."""
        rows = fetch(
            connection,
            f"select {_EVENT_COLUMNS} from events e where e.event_id = any(%(ids)b::uuid[]) order by e.position",
            {"ids": list(event_ids)},
        )
        return [record for _, record in self._recorded(rows)]

    def head(self, connection: Connection) -> int:
        """The highest position."""
        return int(fetch(connection, "select coalesce(max(position), 0) from events")[0][0])

    def _recorded(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, Recorded[DomainEvent]]]:
        for position, category, id_, version, event_id, type_, schema_version, data, metadata, occurred_at in rows:
            why = orjson.loads(metadata)
            yield (
                position,
                Recorded(
                    stream=StreamId(category, id_),
                    version=version,
                    event_id=event_id,
                    event=self.registry.read(type_, schema_version, data),
                    data=data.encode(),
                    occurred_at=occurred_at,
                    causation_id=why["causation_id"],
                    correlation_id=why["correlation_id"],
                    actor=why["actor"],
                ),
            )

    def _fold(self, connection: Connection, streams: Sequence[StreamId]) -> dict[StreamId, Loaded]:
        folded = {}
        for stream, records in self.read(connection, streams).items():
            decider = self.deciders[stream.category]
            folded[stream] = Loaded(len(records), decider.fold(record.event for record in records))
        return folded

    def _locked(self, connection: Connection, streams: Sequence[StreamId]) -> list[tuple[Any, ...]]:
        """The rows of `streams`, which nobody else can write until the transaction ends."""
        # What a row says after a wait for its lock is what the one before left, not what this statement saw first.
        rows = fetch(connection, _STATES_LOCKED, _columns(streams))
        if len(rows) == len(streams):
            return rows
        # A stream that nobody wrote to has no row to lock; version 0 holds its place and counts as absent. Two callers
        # that each want a new stream and one that the other has could wait for each other: PostgreSQL ends one of them,
        # which then tries again and finds both.
        run(
            connection,
            """
            insert into stream_state (stream_category, stream_id, version, appended, schema_hash, state)
            select category, id, 0, 0, '', 'null'
            from unnest(%(categories)b::text[], %(ids)b::text[]) as w(category, id)
            on conflict do nothing
            """,
            _columns(streams),
        )
        return fetch(connection, _STATES_LOCKED, _columns(streams))

    def _upsert_states(self, connection: Connection, changes: Sequence[Change]) -> int:
        """Writes the new states; a row whose version is not the expected one is left and not counted."""
        deciders = [self.deciders[change.stream.category] for change in changes]
        return run(
            connection,
            """
            insert into stream_state as s (stream_category, stream_id, version, appended, schema_hash, state)
            select * from unnest(%(categories)b::text[], %(ids)b::text[], %(versions)b::int[], %(appended)b::int[],
                                 %(hashes)b::text[], %(states)b::text[])
            on conflict (stream_category, stream_id) do update
              set version = excluded.version, appended = excluded.appended,
                  schema_hash = excluded.schema_hash, state = excluded.state
              where s.version = excluded.version - excluded.appended
            """,
            {
                **_columns([change.stream for change in changes]),
                "versions": [change.expected + len(change.events) for change in changes],
                "appended": [len(change.events) for change in changes],
                "hashes": [decider.schema_hash for decider in deciders],
                "states": [
                    decider.state_adapter.dump_json(change.state).decode()
                    for decider, change in zip(deciders, changes, strict=True)
                ],
            },
        )


_STATES = """
select s.stream_category, s.stream_id, s.version, s.schema_hash, s.state
from unnest(%(categories)b::text[], %(ids)b::text[]) as w(category, id)
join stream_state s on s.stream_category = w.category and s.stream_id = w.id
"""
_STATES_LOCKED = f"{_STATES} order by s.stream_category, s.stream_id for update of s"
_EVENT_COLUMNS = (
    "e.position, e.stream_category, e.stream_id, e.stream_version, e.event_id, e.type, e.schema_version,"
    " e.data::text, e.metadata::text, e.occurred_at"
)


def _columns(streams: Sequence[StreamId]) -> dict[str, object]:
    return {"categories": [s.category for s in streams], "ids": [s.id for s in streams]}


def _keepable(event: DomainEvent) -> bytes:
    data: bytes = event.__pydantic_serializer__.to_json(event)
    # A column of JSON keeps NUL as it is escaped, and every later look at that text is an error of whoever looks.
    if b"\\u0000" in data and _NUL.search(data):
        msg = f"{event.type} would hold a text with the character NUL (U+0000), which no table can show; leave it out"
        raise InvalidInput(msg)
    return data
