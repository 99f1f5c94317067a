"""The book: the statements of `stores`."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from tests.simulation.book import Parameters, Result, statement, statements_like
from tests.simulation.book_kernel import zipped
from tests.simulation.database import Session
from tests.simulation.schema import Row


@statement(
    "select store_id, time_zone, currency, tills from store_directory where store_id = any(%(ids)b::text[])",
)
def find_stores(s: Session, p: Parameters) -> Result:
    rows = [row for id_ in p["ids"] if (row := s.get("store_directory", id_))]
    return [(row["store_id"], row["time_zone"], row["currency"], list(row["tills"])) for row in rows]


_DETAILS = ("store_id", "name", "time_zone", "currency", "region", "address", "latitude", "longitude", "version")


@statement(
    """
    insert into store_directory as d
      (store_id, name, time_zone, currency, region, address, latitude, longitude, version)
    select * from unnest(%(ids)b::text[], %(names)b::text[], %(zones)b::text[], %(currencies)b::text[],
                         %(regions)b::text[], %(addresses)b::text[], %(latitudes)b::float8[],
                         %(longitudes)b::float8[], %(versions)b::int[])
    on conflict (store_id) do update set
      name = excluded.name, time_zone = excluded.time_zone, currency = excluded.currency,
      region = excluded.region, address = excluded.address, latitude = excluded.latitude,
      longitude = excluded.longitude, version = excluded.version
    where d.version < excluded.version
    """,
)
def keep_stores(s: Session, p: Parameters) -> Result:
    arrays = ("ids", "names", "zones", "currencies", "regions", "addresses", "latitudes", "longitudes", "versions")
    touched = 0
    for values in zipped(p, *arrays):
        new = dict(zip(_DETAILS, values, strict=True))
        touched += s.upsert("store_directory", new, lambda d, new=new: new if d["version"] < new["version"] else None)
    return touched


@statement(
    """
    update store_directory d
    set tills = array(select distinct till from unnest(d.tills || n.tills) as t(till) order by till),
        version = greatest(d.version, n.version)
    from (select store_id, array_agg(till) as tills, max(version) as version
          from unnest(%(ids)b::text[], %(tills)b::text[], %(versions)b::int[]) as t(store_id, till, version)
          group by store_id) n
    where d.store_id = n.store_id
    """,
)
def keep_tills(s: Session, p: Parameters) -> Result:
    touched = 0
    for store_id in sorted(set(p["ids"])):
        mine = [(till, version) for id_, till, version in zipped(p, "ids", "tills", "versions") if id_ == store_id]
        row = s.locked("store_directory", {"store_id": store_id})
        if row is not None:
            tills = tuple(sorted({*row["tills"], *(till for till, _ in mine)}))
            version = max(row["version"], *(version for _, version in mine))
            s.update("store_directory", row, tills=tills, version=version)
            touched += 1
    return touched


# Whose a token is


@statement(
    "select token, customer_id from member_tokens where token = any(%(tokens)b::text[]) and customer_id is not null",
)
def holders(s: Session, p: Parameters) -> Result:
    rows = [row for token in p["tokens"] if (row := s.get("member_tokens", token))]
    return [(row["token"], row["customer_id"]) for row in rows if row["customer_id"] is not None]


@statement("insert into member_tokens (token) select * from unnest(%(tokens)b::text[]) on conflict do nothing")
def place_tokens(s: Session, p: Parameters) -> Result:
    rows = [{"token": token, "customer_id": None, "erased_on": None} for token in p["tokens"]]
    return sum(s.insert("member_tokens", row) is None for row in rows)


@statement(
    "select token, customer_id from member_tokens where token = any(%(tokens)b::text[]) order by token for share",
)
def share_tokens(s: Session, p: Parameters) -> Result:
    rows = [s.locked("member_tokens", {"token": token}, alone=False) for token in sorted(p["tokens"])]
    return [(row["token"], row["customer_id"]) for row in rows if row is not None]


@statement(
    "select token, customer_id, erased_on from member_tokens"
    " where token = any(%(tokens)b::text[]) order by token for no key update",
)
def take_tokens(s: Session, p: Parameters) -> Result:
    rows = [s.locked("member_tokens", {"token": token}) for token in sorted(p["tokens"])]
    return [(row["token"], row["customer_id"], row["erased_on"]) for row in rows if row is not None]


@statement(
    """
    update member_tokens t set customer_id = h.customer_id, erased_on = h.erased_on
    from unnest(%(tokens)b::text[], %(customers)b::uuid[], %(erased)b::date[])
      as h(token, customer_id, erased_on)
    where t.token = h.token
    """,
)
def hold_tokens(s: Session, p: Parameters) -> Result:
    touched = 0
    for token, customer, erased in zipped(p, "tokens", "customers", "erased"):
        row = s.locked("member_tokens", {"token": token})
        if row is not None:
            s.update("member_tokens", row, customer_id=customer, erased_on=erased)
            touched += 1
    return touched


@statement("insert into erased_customers (customer_id) select * from unnest(%(ids)b::uuid[]) on conflict do nothing")
def erase(s: Session, p: Parameters) -> Result:
    return sum(s.insert("erased_customers", {"customer_id": id_}) is None for id_ in p["ids"])


@statement("select customer_id from erased_customers where customer_id = any(%(ids)b::uuid[])")
def erased(s: Session, p: Parameters) -> Result:
    return [(id_,) for id_ in p["ids"] if s.get("erased_customers", id_) is not None]


@statement("select 1 from member_tokens where customer_id = %(id)s limit 1")
def is_member(s: Session, p: Parameters) -> Result:
    return [(1,)] if s.where("member_tokens", customer_id=p["id"]) else []


# Receipts that wait


@statement(
    """
    insert into waiting_receipts (token, receipt_id, business_date, waits_until)
    select * from unnest(%(tokens)b::text[], %(receipts)b::text[]::uuid[], %(dates)b::date[], %(until)b::date[])
    on conflict do nothing
    """,
)
def wait(s: Session, p: Parameters) -> Result:
    added = 0
    for token, receipt, day, until in zipped(p, "tokens", "receipts", "dates", "until"):
        row = {"token": token, "receipt_id": UUID(receipt), "business_date": day, "waits_until": until}
        added += s.insert("waiting_receipts", row) is None
    return added


@statement("delete from waiting_receipts where receipt_id = any(%(receipts)b::text[]::uuid[])")
def wait_no_more(s: Session, p: Parameters) -> Result:
    wanted = set(map(UUID, p["receipts"]))
    return _delete(s, [row for row in s.all("waiting_receipts") if row["receipt_id"] in wanted])


@statement("delete from waiting_receipts where waits_until < %(today)s")
def waited_long_enough(s: Session, p: Parameters) -> Result:
    return _delete(s, [row for row in s.all("waiting_receipts") if row["waits_until"] < p["today"]])


def _delete(s: Session, rows: list[Row]) -> int:
    locked = [now for row in rows if (now := s.locked("waiting_receipts", row)) is not None]
    for row in locked:
        s.delete("waiting_receipts", row)
    return len(locked)


@statement(
    """
    select w.token, w.receipt_id
    from unnest(%(tokens)b::text[], %(todays)b::date[], %(afters)b::date[]) as a(token, today, sold_after)
    join waiting_receipts w on w.token = a.token and w.waits_until >= a.today
      and (a.sold_after is null or w.business_date > a.sold_after)
    order by w.receipt_id
    """,
)
def awaited(s: Session, p: Parameters) -> Result:
    found = [
        (row["receipt_id"], token)
        for token, today, after in zipped(p, "tokens", "todays", "afters")
        for row in s.all("waiting_receipts")
        if row["token"] == token and row["waits_until"] >= today and (after is None or row["business_date"] > after)
    ]
    return [(token, receipt) for receipt, token in sorted(found)]


@statement(
    """
    insert into quarantine (receipt_id, version, store_id, till_id, number, business_date, occurred_at, total_minor,
                            currency)
    select * from unnest(%(ids)b::text[]::uuid[], %(versions)b::int[], %(stores)b::text[], %(tills)b::text[],
                         %(numbers)b::text[], %(dates)b::date[], %(times)b::timestamptz[], %(totals)b::bigint[],
                         %(currencies)b::text[])
    on conflict do nothing
    """,
)
def quarantine(s: Session, p: Parameters) -> Result:
    columns = ("version", "store_id", "till_id", "number", "business_date", "occurred_at", "total_minor", "currency")
    arrays = ("versions", "stores", "tills", "numbers", "dates", "times", "totals", "currencies")
    added = 0
    for id_, *values in zipped(p, "ids", *arrays):
        row = {"receipt_id": UUID(id_), **dict(zip(columns, values, strict=True))}
        added += s.insert("quarantine", row) is None
    return added


# Sums by day: the product names only the columns to which it adds


@statements_like(
    r"insert into (store_days|sales_by_day) as s \(([^)]*)\) select \* from unnest\([^)]*.*\)"
    r" on conflict \(([^)]*)\) do update set (?:\w+ = s\.\w+ \+ excluded\.\w+(?:, )?)+",
)
def add_sums(s: Session, p: Parameters, m: re.Match[str]) -> Result:
    columns, keys = m[2].split(", "), m[3].split(", ")
    touched = 0
    for values in zipped(p, *columns):
        new: Row = dict(zip(columns, values, strict=True))

        def merge(row: Row, new: Row = new) -> dict[str, Any]:
            return {column: row[column] + new[column] for column in columns if column not in keys}

        touched += s.upsert(m[1], new, merge)
    return touched
