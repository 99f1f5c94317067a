"""The book: the statements of requests, jobs and rebuilds."""

from __future__ import annotations

import re
from typing import Any

from psycopg import errors as pg

from tests.simulation.book import Parameters, Result, statement, statements_like
from tests.simulation.database import Session
from tests.simulation.schema import Row

# Requests and jobs


@statement(
    "insert into idempotency_keys (caller, route, key, request_hash)"
    " values (%(caller)s, %(route)s, %(key)s, %(hash)b) on conflict do nothing",
)
def claim_key(s: Session, p: Parameters) -> Result:
    row = {"caller": p["caller"], "route": p["route"], "key": p["key"], "request_hash": p["hash"]}
    return int(s.insert("idempotency_keys", {**row, "status": None, "answer": None}) is None)


@statement(
    "select request_hash, status, answer from idempotency_keys"
    " where caller = %(caller)s and route = %(route)s and key = %(key)s",
)
def read_key(s: Session, p: Parameters) -> Result:
    row = s.get("idempotency_keys", p["caller"], p["route"], p["key"])
    return [] if row is None else [(row["request_hash"], row["status"], row["answer"])]


@statement(
    "update idempotency_keys set status = %(status)s, answer = %(answer)b"
    " where caller = %(caller)s and route = %(route)s and key = %(key)s",
)
def answer_key(s: Session, p: Parameters) -> Result:
    row = s.locked("idempotency_keys", {"caller": p["caller"], "route": p["route"], "key": p["key"]})
    if row is not None:
        s.update("idempotency_keys", row, status=p["status"], answer=p["answer"])
    return int(row is not None)


@statement("select 1 from jobs where name = %(name)s and business_date = %(business_date)s")
def find_job(s: Session, p: Parameters) -> Result:
    return [(1,)] if s.get("jobs", p["name"], p["business_date"]) else []


@statement("insert into jobs (name, business_date) values (%(name)s, %(business_date)s)")
def finish_job(s: Session, p: Parameters) -> Result:
    s.require("jobs", dict(p))
    return 1


# A rebuild's tables


@statements_like(r"set local lock_timeout = (\d+)")
def set_lock_timeout(s: Session, _: Parameters, m: re.Match[str]) -> Result:
    s.lock_timeout_s = int(m[1]) / 1000
    return 0


@statements_like(r"set transaction isolation level repeatable read|set local statement_timeout = 0")
def set_isolation(_: Session, __: Parameters, ___: re.Match[str]) -> Result:
    return 0


@statement("select 1")
def first_look(s: Session, _: Parameters) -> Result:
    s.take_snapshot()
    return [(1,)]


@statements_like(r"create table (\w+) \(like (\w+) including all\)")
def create_like(s: Session, _: Parameters, m: re.Match[str]) -> Result:
    s.create_like(m[1], m[2])
    return 0


@statements_like(r"grant .* on \w+ to \w+|alter index .*")
def rights(_: Session, __: Parameters, ___: re.Match[str]) -> Result:
    return 0


@statements_like(r"select format\('alter table .*|select c\.relname, pg_get_indexdef.*")
def catalogue(_: Session, __: Parameters, ___: re.Match[str]) -> Result:
    return []


@statements_like(r"lock table (\w+) in access exclusive mode")
def lock_table(s: Session, _: Parameters, m: re.Match[str]) -> Result:
    s.table(m[1], alone=True)
    return 0


@statements_like(r"alter table (\w+) rename to (\w+)")
def rename(s: Session, _: Parameters, m: re.Match[str]) -> Result:
    s.rename(m[1], m[2])
    return 0


@statements_like(r"drop table if exists (\w+), (\w+)")
def drop(s: Session, _: Parameters, m: re.Match[str]) -> Result:
    s.drop(m[1])
    s.drop(m[2])
    return 0


@statements_like(r"select count\(\*\) filter \(where n\.content is null\).* from (\w+)__replaced t\) o .*")
def compare(s: Session, _: Parameters, m: re.Match[str]) -> Result:
    keys = s.tables[m[1]].shape.key

    def by_key(name: str) -> dict[Any, Row]:
        return {tuple([row[key] for key in keys]): row for row in s.seen(name)}

    old, new = by_key(f"{m[1]}__replaced"), by_key(m[1])
    changed = [key for key in old.keys() & new.keys() if old[key] != new[key]]
    differing = sorted([*(old.keys() ^ new.keys()), *changed], key=str)
    shown = ["/".join(map(str, key)) for key in differing[:3]]
    return [(len(old.keys() - new.keys()), len(new.keys() - old.keys()), len(changed), shown or None)]


@statements_like(r"select count\(\*\) from (\w+)")
def count_rows(s: Session, _: Parameters, m: re.Match[str]) -> Result:
    return [(len(s.all(m[1])),)]


@statement("lock table member_token_key_check in share row exclusive mode")
def lock_key_check(_: Session, __: Parameters) -> Result:
    return 0


@statement("select digest from member_token_key_check")
def read_key_check(s: Session, _: Parameters) -> Result:
    return [(row["digest"],) for row in s.all("member_token_key_check")]


@statement("insert into member_token_key_check (digest) values (%(digest)b)")
def write_key_check(s: Session, p: Parameters) -> Result:
    if s.insert("member_token_key_check", dict(p)) is not None:
        raise pg.UniqueViolation("member_token_key_check")
    return 1
