"""The book: the kernel's statements."""

from __future__ import annotations

import re
from typing import Any

from shared.eventstore import store as eventstore
from tests.simulation.book import Parameters, Result, statement, statements_like
from tests.simulation.database import Session
from tests.simulation.schema import CONVERT, Row


def zipped(p: Parameters, *names: str) -> list[tuple[Any, ...]]:
    """`unnest` of several arrays."""
    return list(zip(*(p[name] for name in names), strict=True))


# SQLAlchemy's own


@statements_like(r"SAVEPOINT (\w+)")
def savepoint(s: Session, _: Parameters, m: re.Match[str]) -> Result:
    s.begin()
    s.savepoint(m[1])
    return 0


@statements_like(r"ROLLBACK TO SAVEPOINT (\w+)")
def rollback_to(s: Session, _: Parameters, m: re.Match[str]) -> Result:
    if s.open:
        s.rollback_to(m[1])
    return 0


@statements_like(r"RELEASE SAVEPOINT \w+|;")
def nothing(_: Session, __: Parameters, ___: re.Match[str]) -> Result:
    return 0


# Rows that are only added


@statements_like(r"COPY (\w+) \(([^)]*)\) FROM STDIN ?(?:\(format binary\))?")
def copy(s: Session, p: Parameters, m: re.Match[str]) -> Result:
    types = s.table(m[1]).shape.types
    columns = [(name.strip(), CONVERT[types[name.strip()]]) for name in m[2].split(",")]
    for values in p["rows"]:
        row = {
            name: None if value is None else convert(value)
            for (name, convert), value in zip(columns, values, strict=True)
        }
        s.require(m[1], row)
    return len(p["rows"])


@statements_like(r"insert into (\w+) \(([^)]*)\) values (\(%\(r0_0\)s.*\))")
def insert_rows(s: Session, p: Parameters, m: re.Match[str]) -> Result:
    width = m[2].count(",") + 1
    rows = [[p[f"r{row}_{column}"] for column in range(width)] for row in range(len(p) // width)]
    return copy(s, {"rows": rows}, m)


# Advisory locks

_KEY = r"hashtextextended\(current_schema\(\) \|\| (.*), 0\)"


def _lock_name(s: Session, p: Parameters, expression: str) -> tuple[Any, ...]:
    return ("advisory", s.service, expression, tuple(p.values()))


@statements_like(rf"select pg_advisory_xact_lock_shared\({_KEY}\)")
def xact_lock_shared(s: Session, p: Parameters, m: re.Match[str]) -> Result:
    s.lock(_lock_name(s, p, m[1]), alone=False)
    return [("",)]


@statements_like(rf"select pg_advisory_xact_lock\({_KEY}\)")
def xact_lock(s: Session, p: Parameters, m: re.Match[str]) -> Result:
    s.lock(_lock_name(s, p, m[1]))
    return [("",)]


@statements_like(rf"select pg_try_advisory_lock\({_KEY}\)")
def try_lock(s: Session, p: Parameters, m: re.Match[str]) -> Result:
    return [(s.lock(_lock_name(s, p, m[1]), keep=True, wait=False),)]


@statements_like(rf"select pg_advisory_unlock\({_KEY}\)")
def unlock(s: Session, p: Parameters, m: re.Match[str]) -> Result:
    s.unlock(_lock_name(s, p, m[1]))
    return [(True,)]


# The event store


@statement(
    """
    select s.stream_category, s.stream_id, s.version, s.schema_hash, s.state
    from unnest(%(categories)b::text[], %(ids)b::text[]) as w(category, id)
    join stream_state s on s.stream_category = w.category and s.stream_id = w.id
    """,
)
def load_states(s: Session, p: Parameters) -> Result:
    rows = [s.get("stream_state", *stream) for stream in zipped(p, "categories", "ids")]
    return [_state(row) for row in rows if row is not None]


def _state(row: Row) -> tuple[Any, ...]:
    return row["stream_category"], row["stream_id"], row["version"], row["schema_hash"], row["state"]


@statement(
    """
    insert into stream_state (stream_category, stream_id, version, appended, schema_hash, state)
    select category, id, 0, 0, '', 'null'
    from unnest(%(categories)b::text[], %(ids)b::text[]) as w(category, id)
    on conflict do nothing
    """,
)
def place_streams(s: Session, p: Parameters) -> Result:
    added = 0
    for category, id_ in zipped(p, "categories", "ids"):
        row = {"stream_category": category, "stream_id": id_, "version": 0, "appended": 0, "schema_hash": ""}
        added += s.insert("stream_state", {**row, "state": "null"}) is None
    return added


@statement(
    """
    select s.stream_category, s.stream_id, s.version, s.schema_hash, s.state
    from unnest(%(categories)b::text[], %(ids)b::text[]) as w(category, id)
    join stream_state s on s.stream_category = w.category and s.stream_id = w.id
    order by s.stream_category, s.stream_id for update of s
    """,
)
def lock_states(s: Session, p: Parameters) -> Result:
    there = [row for key in sorted(zipped(p, "categories", "ids")) if (row := s.get("stream_state", *key)) is not None]
    return [_state(now) for row in there if (now := s.locked("stream_state", row)) is not None]


@statement(
    """
    insert into stream_state as s (stream_category, stream_id, version, appended, schema_hash, state)
    select * from unnest(%(categories)b::text[], %(ids)b::text[], %(versions)b::int[], %(appended)b::int[],
                         %(hashes)b::text[], %(states)b::text[])
    on conflict (stream_category, stream_id) do update
      set version = excluded.version, appended = excluded.appended,
          schema_hash = excluded.schema_hash, state = excluded.state
      where s.version = excluded.version - excluded.appended
    """,
)
def upsert_states(s: Session, p: Parameters) -> Result:
    touched = 0
    for values in zipped(p, "categories", "ids", "versions", "appended", "hashes", "states"):
        new = dict(
            zip(
                ("stream_category", "stream_id", "version", "appended", "schema_hash", "state"),
                values,
                strict=True,
            ),
        )
        expected = new["version"] - new["appended"]
        touched += s.upsert("stream_state", new, lambda row, new=new, e=expected: new if row["version"] == e else None)
    return touched


_EVENT = (
    "position",
    "stream_category",
    "stream_id",
    "stream_version",
    "event_id",
    "type",
    "schema_version",
    "data",
    "metadata",
    "occurred_at",
)


def _events(rows: list[Row]) -> list[tuple[Any, ...]]:
    return [tuple([row[column] for column in _EVENT]) for row in rows]


@statement(
    f"""
    select {eventstore._EVENT_COLUMNS} from events e
    join unnest(%(categories)b::text[], %(ids)b::text[]) as w(category, id)
      on e.stream_category = w.category and e.stream_id = w.id
    order by e.stream_category, e.stream_id, e.stream_version
    """,
)
def read_streams(s: Session, p: Parameters) -> Result:
    found: list[Row] = []
    for category, id_ in sorted(zipped(p, "categories", "ids")):
        version = 1
        while row := s.find("events", "events_stream_version", category, id_, version):
            found.append(row)
            version += 1
    return _events(found)


@statement(
    f"""
    select {eventstore._EVENT_COLUMNS} from events e
    where e.position > %(after)s and e.position <= %(up_to)s
      and (%(types)b::text[] is null or e.type = any(%(types)b::text[]))
    order by e.position limit %(limit)s
    """,
)
def read_all(s: Session, p: Parameters) -> Result:
    found = [row for row in s.all("events") if p["after"] < row["position"] <= p["up_to"] and row["type"] in p["types"]]
    return _events(sorted(found, key=lambda row: row["position"])[: p["limit"]])


@statement("select coalesce(max(position), 0) from events")
def head(s: Session, _: Parameters) -> Result:
    return [(max((row["position"] for row in s.all("events")), default=0),)]


# The outbox


@statement(
    """
    select id, topic, key, event_id, headers, body,
      exists (select from outbox_parked p where p.topic = o.topic and p.key = o.key)
    from outbox o order by id limit %(limit)s
    """,
)
def take_outbox(s: Session, p: Parameters) -> Result:
    parked = {(row["topic"], row["key"]) for row in s.all("outbox_parked")}
    rows = sorted(s.all("outbox"), key=lambda row: row["id"])[: p["limit"]]
    return [
        (*[row[c] for c in ("id", "topic", "key", "event_id", "headers", "body")], (row["topic"], row["key"]) in parked)
        for row in rows
    ]


@statement("delete from outbox where id = any(%(ids)b::bigint[])")
def delete_outbox(s: Session, p: Parameters) -> Result:
    return _delete(s, "outbox", [row for id_ in p["ids"] if (row := s.get("outbox", id_))])


@statement(
    """
    insert into outbox_parked (id, topic, key, event_id, headers, body, reason)
    select id, topic, key, event_id, headers, body, %(reason)s from outbox where id = %(id)s
    """,
)
def park_outbox(s: Session, p: Parameters) -> Result:
    row = s.get("outbox", p["id"])
    if row is not None:
        s.require("outbox_parked", {**row, "reason": p["reason"]})
    return int(row is not None)


@statement(
    """
    with back as (
      delete from outbox_parked where (topic, key) = (
        select topic, key from outbox_parked where id = %(id)s)
      returning id, topic, key, event_id, headers, body)
    insert into outbox (id, topic, key, event_id, headers, body) overriding system value
    select * from back order by id
    """,
)
def publish_again(s: Session, p: Parameters) -> Result:
    one = s.get("outbox_parked", p["id"])
    if one is None:
        return 0
    back = sorted(s.where("outbox_parked", topic=one["topic"], key=one["key"]), key=lambda row: row["id"])
    taken = [row for row in back if s.locked("outbox_parked", row) is not None]
    _delete(s, "outbox_parked", taken)
    for row in taken:
        s.require("outbox", {c: row[c] for c in ("id", "topic", "key", "event_id", "headers", "body")})
    return len(taken)


@statement("select id, topic, reason, parked_at from outbox_parked where id > %(after)s order by id limit %(limit)s")
def list_outbox_parked(s: Session, p: Parameters) -> Result:
    after = [row for row in s.all("outbox_parked") if row["id"] > p["after"]]
    rows = sorted(after, key=lambda row: row["id"])[: p["limit"]]
    return [(row["id"], row["topic"], row["reason"], row["parked_at"]) for row in rows]


def _delete(s: Session, table: str, rows: list[Row]) -> int:
    """Deletes those that are still there once their locks are had; how many."""
    gone = 0
    for row in rows:
        now = s.locked(table, row)
        if now is not None:
            s.delete(table, now)
            gone += 1
    return gone
