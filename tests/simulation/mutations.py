"""Planted bugs: each takes one guard out of the product, in memory, and must be caught by an invariant.

A bug that survives means that the simulation is weak, or that another guard stands behind the one that was taken out.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from services.loyalty.domain.account import redemption
from services.loyalty.domain.account.decider import ACCOUNT
from services.loyalty.domain.account.events import PointsExpired
from services.stores.adapters import member_tokens_postgres
from shared.access.calls import Call
from shared.commands import handler
from shared.database.batch import driver
from shared.eventstore import store
from shared.kernel.errors import TransientError
from shared.messaging import offsets, relay
from shared.messaging import redrive as redriving
from shared.messaging.batches import BatchReader
from shared.messaging.offsets import Offsets
from shared.messaging.parking import forget
from shared.messaging.relay import Relay
from shared.projections.sources import OwnEvents
from tests.simulation.book import Parameters, Result, statement
from tests.simulation.database import Session
from tests.simulation.playing import STEPS, Failed, play
from tests.simulation.services import services

SEEDS_MAX = 150
Plant = Callable[[], Any]


@dataclass(frozen=True)
class Mutation:
    """A planted bug."""

    name: str
    plant: Plant
    """A context in which the product has the bug."""
    known: int = 1
    """A seed that caught it when this was written: a good one to begin with."""


@dataclass(frozen=True)
class Verdict:
    """How a bug was caught: at which seed, by which invariant. None: it survived."""

    name: str
    seeds: int
    invariant: str | None


def try_out(mutation: Mutation, *, first: int = 1, seeds_max: int = SEEDS_MAX, steps: int = STEPS) -> Verdict:
    """Plays seeds with the bug, from `first` on and round, until one fails."""
    for n in range(seeds_max):
        with mutation.plant():
            try:
                play((first - 1 + n) % seeds_max + 1, steps)
            except Failed as failed:
                return Verdict(mutation.name, n + 1, failed.invariant)
    return Verdict(mutation.name, seeds_max, None)


def _patched(target: Any, name: str, new: Any) -> Plant:
    return lambda: mock.patch.object(target, name, new)


def _rewritten(module: Any, function: str, old: str, new: str) -> Plant:
    """A statement of `module` sent in other words."""
    real = getattr(module, function)

    def send(connection: Any, asked: str, *args: Any, **named: Any) -> Any:
        return real(connection, asked.replace(old, new), *args, **named)

    return _patched(module, function, send)


# Statements that only a bug sends


@statement(
    """
    select o.topic, o.partition, o.next_offset, o.topic_id from consumer_offsets o
    join unnest(%(topics)b::text[], %(partitions)b::int[]) as w(topic, partition)
      on o.topic = w.topic and o.partition = w.partition
    where o.consumer = %(consumer)s
    order by o.topic, o.partition
    """,
)
def _look_at_offsets(s: Session, p: Parameters) -> Result:
    wanted = sorted(zip(p["topics"], p["partitions"], strict=True))
    rows = [s.get("consumer_offsets", p["consumer"], *place) for place in wanted]
    return [(r["topic"], r["partition"], r["next_offset"], r["topic_id"]) for r in rows if r is not None]


@statement("delete from outbox where id <= (select max(id) from unnest(%(ids)b::bigint[]) as id)")
def _delete_up_to(s: Session, p: Parameters) -> Result:
    rows = [row for row in s.all("outbox") if row["id"] <= max(p["ids"])]
    for row in rows:
        if s.locked("outbox", row) is not None:
            s.delete("outbox", row)
    return len(rows)


@statement("select token, customer_id from member_tokens where token = any(%(tokens)b::text[]) order by token")
def _look_at_tokens(s: Session, p: Parameters) -> Result:
    rows = [s.get("member_tokens", token) for token in sorted(p["tokens"])]
    return [(row["token"], row["customer_id"]) for row in rows if row is not None]


@statement(
    """
    insert into stream_state as s (stream_category, stream_id, version, appended, schema_hash, state)
    select * from unnest(%(categories)b::text[], %(ids)b::text[], %(versions)b::int[], %(appended)b::int[],
                         %(hashes)b::text[], %(states)b::text[])
    on conflict (stream_category, stream_id) do update
      set version = excluded.version, appended = excluded.appended,
          schema_hash = excluded.schema_hash, state = excluded.state
    """,
)
def _overwrite_states(s: Session, p: Parameters) -> Result:
    columns = ("stream_category", "stream_id", "version", "appended", "schema_hash", "state")
    arrays = ("categories", "ids", "versions", "appended", "hashes", "states")
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*(p[name] for name in arrays), strict=True)]
    return sum(s.upsert("stream_state", row, lambda _, row=row: row) for row in rows)


# The bugs


def _offsets_first() -> Any:
    real = Offsets.fresh

    def fresh(self: Offsets, connection: Any, *args: Any) -> Any:
        found = real(self, connection, *args)
        self.move(connection, found[1])
        driver(connection).commit()
        return found

    return mock.patch.object(Offsets, "fresh", fresh)


@contextmanager
def _relay_with(publish: Callable[[Relay, Any, Sequence[Any]], Any]) -> Iterator[None]:
    """A relay whose publishing goes through `publish`."""
    real = Relay.__init__

    def init(self: Relay, service: str, engine: Any, event_log: Any) -> None:
        real(self, service, engine, event_log)
        self._log = mock.Mock(publish=lambda records: publish(self, event_log, records))

    with mock.patch.object(Relay, "__init__", init):
        yield


def _deletes_first() -> Any:
    def publish(self: Relay, event_log: Any, records: Sequence[Any]) -> Any:
        with self._engine.begin() as connection:
            rows = relay.fetch(connection, _TAKE, {"limit": len(records)}, binary=True)
            relay.run(connection, "delete from outbox where id = any(%(ids)b::bigint[])", {"ids": [r[0] for r in rows]})
        return event_log.publish(records)

    return _relay_with(publish)


_TAKE = """
    select id, topic, key, event_id, headers, body,
      exists (select from outbox_parked p where p.topic = o.topic and p.key = o.key)
    from outbox o order by id limit %(limit)s
"""


def _takes_failure_for_success() -> Any:
    def publish(_: Relay, event_log: Any, records: Sequence[Any]) -> Any:
        try:
            return event_log.publish(records)
        except TransientError:
            return []

    return _relay_with(publish)


def _expires_again() -> Any:
    real = ACCOUNT.evolve

    @contextmanager
    def planted() -> Iterator[None]:
        object.__setattr__(ACCOUNT, "evolve", lambda a, e: a if isinstance(e, PointsExpired) else real(a, e))
        try:
            yield
        finally:
            object.__setattr__(ACCOUNT, "evolve", real)

    return planted()


def _latest_first(lots: dict[Any, int], points: int) -> dict[Any, int]:
    taken = {}
    for day in sorted(lots, reverse=True):
        if points and lots[day]:
            taken[day] = min(points, lots[day])
            points -= taken[day]
    return taken


def _knows_no_receipt() -> Any:
    (sales,) = (c for c in services().loyalty.consumers if c.name == "loyalty.sales")
    return mock.patch.object(sales.handle, "_known_receipts", return_value={})


def _forgets_first() -> Any:
    def forget_now(connection: Any, consumer: str, ids: Sequence[int]) -> int:
        gone = forget(connection, consumer, ids)
        driver(connection).commit()
        return gone

    return mock.patch.object(redriving, "forget", forget_now)


def _tells_beside() -> Any:
    real = handler.add_to_outbox

    def add(connection: Any, service: str, published: Any) -> None:
        told = list(published)
        if told:
            with connection.engine.begin() as other:
                real(other, service, told)

    return mock.patch.object(handler, "add_to_outbox", add)


def _without_savepoints() -> Any:
    from sqlalchemy import Connection  # noqa: PLC0415 - only to be patched

    return mock.patch.object(Connection, "begin_nested", return_value=mock.Mock())


def _mixes_answers_up() -> Any:
    (gathering,) = services().gatherings
    return mock.patch.object(gathering, "_work", lambda asked, real=gathering._work: real(asked)[::-1])


MUTATIONS = (
    Mutation("inbox off", _patched(BatchReader, "_claim", lambda _self, _connection, messages, _batch: list(messages))),
    Mutation("lock of the offsets off", _rewritten(offsets, "fetch", "for update of o", ""), known=116),
    Mutation("offsets committed before the batch", _offsets_first),
    Mutation("relay deletes before it publishes", _deletes_first, known=2),
    Mutation("relay takes a failed publish for done", _takes_failure_for_success, known=2),
    Mutation(
        "relay deletes all up to the last id",
        _rewritten(
            relay, "run", "id = any(%(ids)b::bigint[])", "id <= (select max(id) from unnest(%(ids)b::bigint[]) as id)"
        ),
        known=117,
    ),
    Mutation("outbox beside the transaction", _tells_beside, known=13),
    Mutation("latest lot burns first", _patched(redemption, "earliest", _latest_first), known=22),
    Mutation("lots expire twice", _expires_again),
    Mutation("event ids by chance", _patched(store, "derived_id", lambda *_parts: uuid.uuid4())),
    Mutation("receipt versions forgotten", _knows_no_receipt, known=10),
    Mutation(
        "expected version not checked",
        _rewritten(store, "run", "where s.version = excluded.version - excluded.appended", ""),
        known=13,
    ),
    Mutation("followers of a parked record not held", _patched(BatchReader, "_must_wait", lambda *_: False)),
    Mutation("redrive forgets before it handles", _forgets_first, known=17),
    Mutation("idempotency key ignored", _patched(Call, "_claim", lambda _self, _connection: None)),
    Mutation("rebuild does not hold writers", _patched(OwnEvents, "hold", lambda _self, _connection: None), known=47),
    Mutation("batch without savepoints", _without_savepoints),
    Mutation("holes passed over unasked", _patched(Offsets, "_is_the_logs_own", lambda *_: True)),
    Mutation("tokens not locked by the intake", _rewritten(member_tokens_postgres, "fetch", " for share", "")),
    Mutation("answers of a shared transaction mixed up", _mixes_answers_up),
    Mutation("redeems more than there is", _patched(redemption, "total", lambda lots: 10**6 + sum(lots.values()))),
)
"""Every planted bug."""
