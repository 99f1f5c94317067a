"""Rebuild: a read model made again from its source beside the live one, which serves meanwhile.

The shadow is filled in small transactions until little is left. Then writers are held for an instant: the rest
is read, the shadow takes the live table's name, writers go on. The comparison of both comes after that, in a
snapshot taken while nothing could change, so that it costs nobody anything. A rebuild switches whatever it
finds; its report says what differed.

Nothing is published and nothing is decided. A rebuild that is killed leaves the live tables as they were, and
can be run again; after the switch there is nothing to repair either.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from psycopg.errors import LockNotAvailable

from shared.database.batch import fetch, run
from shared.database.session_lock import session_lock
from shared.kernel.errors import Rejected, TransientError
from shared.kernel.failpoints import failpoint
from shared.projections import shadow
from shared.projections.sources import OwnEvents, Topics
from shared.projections.topics import prune_nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Engine, Table

    from shared.eventstore.store import EventStore
    from shared.messaging.log import EventLog
    from shared.projections.projection import Projection
    from shared.projections.shadow import TableComparison
    from shared.projections.sources import Source
    from shared.projections.topics import Prune, TopicReadModel

LEFT_FOR_SWITCH_MAX = 1_000
"""With no more than this to read, the switch may begin."""
LOCK_WAIT_MS = 500
"""How long writers can wait behind a lock that the rebuild has not got yet; then it lets them go and tries again.

Shorter than PostgreSQL's deadlock time-out, so that of two who wait for each other the rebuild gives way.
"""
SWITCH_ATTEMPTS_MAX = 60


class RebuildRunning(Rejected):
    """The same read model is being rebuilt already."""

    code = "rebuild_running"


class _Busy(Exception):
    """A lock was not to be had in time."""


class Progress(Protocol):
    """Told after each page: how many events or records were read, and about how many are left."""

    def __call__(self, read: int, left: int) -> None: ...


def report_nothing(read: int, left: int) -> None:
    """For callers who need no progress."""


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild did and what it found."""

    name: str
    read: int
    """Events or records that were read."""
    unreadable: int
    """Records that nobody can decode; the live consumer has them parked."""
    blocked_s: float
    """How long writers were held for the switch."""
    tables: tuple[TableComparison, ...]

    @property
    def equal(self) -> bool:
        """Whether the live tables had held exactly what the source says."""
        return all(table.equal for table in self.tables)


def rebuild_projection(
    owner_engine: Engine,
    store: EventStore,
    projection: Projection,
    application_role: str,
    progress: Progress = report_nothing,
) -> RebuildReport:
    """Makes an inline projection again from all events of its service.

    Raises `RebuildRunning`, and `TransientError` when writers or readers never left a gap to switch in.
    """
    return _rebuild(
        owner_engine,
        projection.name,
        [projection.table],
        OwnEvents(store, projection),
        application_role=application_role,
        progress=progress,
    )


def rebuild_topic_read_model(
    owner_engine: Engine,
    event_log: EventLog,
    model: TopicReadModel,
    application_role: str,
    progress: Progress = report_nothing,
) -> RebuildReport:
    """Makes a consumer's tables again from its topics, up to exactly the offsets that it has handled.

    A record that the live consumer has parked is applied if it can be: handling it again later is harmless.
    Raises as `rebuild_projection` does, and `PermanentError` when a topic no longer holds its beginning.
    """
    return _rebuild(
        owner_engine,
        model.name,
        model.tables,
        Topics(event_log, model),
        prune=model.prune,
        application_role=application_role,
        progress=progress,
    )


def _rebuild(
    engine: Engine,
    name: str,
    tables: Sequence[Table],
    source: Source,
    *,
    prune: Prune = prune_nothing,
    application_role: str,
    progress: Progress,
) -> RebuildReport:
    with _alone(engine, name):
        with engine.begin() as connection:
            shadow.create_shadows(connection, tables, application_role)
        for _ in range(SWITCH_ATTEMPTS_MAX):
            try:
                _follow(engine, source, progress)
                blocked_s, comparisons = _switch(engine, tables, source, prune)
                break
            except _Busy:
                continue
        else:
            msg = f"{name}: its tables were never free for an instant; nothing was switched, run the rebuild again"
            raise TransientError(msg)
        with engine.begin() as connection:
            shadow.drop_leftovers(connection, tables)
        progress(source.read, 0)
    return RebuildReport(name, source.read, source.unreadable, blocked_s, comparisons)


@contextmanager
def _alone(engine: Engine, name: str) -> Iterator[None]:
    with session_lock(engine, f".rebuild.{name}") as guard:
        if guard is None:
            raise RebuildRunning(f"{name} is being rebuilt by another process; wait until it has finished")
        yield


@contextmanager
def _held(engine: Engine, source: Source) -> Iterator[Connection]:
    """Every writer before it has committed and none begins, until the block ends."""
    with engine.begin() as connection:
        _take(connection, source.hold)
        yield connection


def _take(connection: Connection, lock: Callable[[Connection], None]) -> None:
    run(connection, f"set local lock_timeout = {LOCK_WAIT_MS}")
    try:
        lock(connection)
    except LockNotAvailable:
        raise _Busy from None


def _follow(engine: Engine, source: Source, progress: Progress) -> None:
    """Reads until little is left."""
    left = LEFT_FOR_SWITCH_MAX + 1
    while left > LEFT_FOR_SWITCH_MAX:
        # Held only to learn where the end is: below it no transaction is open any more.
        with _held(engine, source) as connection:
            left = source.aim(connection)
        _catch_up(engine, source, left, progress)


def _catch_up(engine: Engine, source: Source, left: int, progress: Progress = report_nothing) -> None:
    while left:
        with engine.begin() as connection:
            left = source.page(connection)
        failpoint("rebuild.after_page")
        progress(source.read, left)


def _switch(
    engine: Engine,
    tables: Sequence[Table],
    source: Source,
    prune: Prune,
) -> tuple[float, tuple[TableComparison, ...]]:
    with engine.connect() as snapshot:
        with _held(engine, source) as connection:
            started = time.perf_counter()
            _catch_up(engine, source, source.aim(connection))
            failpoint("rebuild.before_switch")
            with engine.begin() as switching:
                _take(switching, lambda c: shadow.lock_live(c, tables))
                prune(switching, {table.name: shadow.shadow_of(table.name) for table in tables})
                shadow.switch(switching, tables)
            # Still held: both tables stand at the same place, and this transaction goes on seeing them so.
            run(snapshot, "set transaction isolation level repeatable read")
            run(snapshot, "set local statement_timeout = 0")
            fetch(snapshot, "select 1")
        blocked_s = time.perf_counter() - started
        return blocked_s, tuple(shadow.compare(snapshot, table) for table in tables)
