"""The book: the statements of `loyalty`. Sums are as the SQL says, from the statement's snapshot."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC
from typing import Any
from uuid import UUID

from services.loyalty.read_models.account_balance import query as balance_query
from tests.simulation.book import Parameters, Result, statement
from tests.simulation.book_kernel import zipped
from tests.simulation.database import Session
from tests.simulation.schema import Row

_SUMS = ("available", "reserved", "debt", "earned_total", "redeemed_total", "expired_total", "forgiven_total")
_ADDS: dict[str, dict[str, int]] = {
    "member": {"available": 1},
    "debt": {"available": 1, "debt": -1},
    "reserved": {"reserved": 1},
    "issued": {"earned_total": -1},
    "redeemed": {"redeemed_total": 1},
    "expired": {"expired_total": 1},
    "forgiven": {"forgiven_total": -1},
}


@statement(
    """
    insert into account_balance as b (customer_id, version, closed, available, reserved, debt,
                                      earned_total, redeemed_total, expired_total, forgiven_total)
    select e.customer_id::uuid, max(e.version), bool_or(e.account = 'closed'),
           coalesce(sum(e.points) filter (where e.account in ('member', 'debt')), 0),
           coalesce(sum(e.points) filter (where e.account = 'reserved'), 0),
           -coalesce(sum(e.points) filter (where e.account = 'debt'), 0),
           -coalesce(sum(e.points) filter (where e.account = 'issued'), 0),
           coalesce(sum(e.points) filter (where e.account = 'redeemed'), 0),
           coalesce(sum(e.points) filter (where e.account = 'expired'), 0),
           -coalesce(sum(e.points) filter (where e.account = 'forgiven'), 0)
    from unnest(%(customers)b::text[], %(versions)b::int[], %(accounts)b::text[], %(points)b::bigint[])
      as e(customer_id, version, account, points)
    left join account_balance stored on stored.customer_id = e.customer_id::uuid
    where e.version > coalesce(stored.version, 0)
    group by e.customer_id
    on conflict (customer_id) do update set
      version = excluded.version,
      closed = b.closed or excluded.closed,
      available = b.available + excluded.available,
      reserved = b.reserved + excluded.reserved,
      debt = b.debt + excluded.debt,
      earned_total = b.earned_total + excluded.earned_total,
      redeemed_total = b.redeemed_total + excluded.redeemed_total,
      expired_total = b.expired_total + excluded.expired_total,
      forgiven_total = b.forgiven_total + excluded.forgiven_total
    """,
)
def add_to_balances(s: Session, p: Parameters) -> Result:
    new: dict[UUID, Row] = {}
    for text, version, account, points in zipped(p, "customers", "versions", "accounts", "points"):
        customer = UUID(text)
        stored = s.get("account_balance", customer)
        if version <= (stored["version"] if stored else 0):
            continue
        row = new.setdefault(
            customer, {"customer_id": customer, "version": 0, "closed": False, **dict.fromkeys(_SUMS, 0)}
        )
        row["version"] = max(row["version"], version)
        row["closed"] |= account == "closed"
        for column, sign in _ADDS.get(account, {}).items():
            row[column] += sign * points

    def merge(row: Row, b: Row) -> Row:
        sums = {column: b[column] + row[column] for column in _SUMS}
        return {"version": row["version"], "closed": b["closed"] or row["closed"], **sums}

    return sum(s.upsert("account_balance", row, lambda b, row=row: merge(row, b)) for row in new.values())


@statement(
    """
    select w.id, newest.version from unnest(%(customers)b::text[]) as w(id)
    cross join lateral (
      select version from ledger_entries where customer_id = w.id::uuid order by version desc limit 1) newest
    """,
)
def booked_versions(s: Session, p: Parameters) -> Result:
    newest: dict[UUID, int] = {}
    for row in s.all("ledger_entries"):
        newest[row["customer_id"]] = max(newest.get(row["customer_id"], 0), row["version"])
    return [(text, newest[UUID(text)]) for text in p["customers"] if UUID(text) in newest]


@statement(
    """
    insert into lots as l (customer_id, expires_on, version, points, reserved)
    select e.customer_id::uuid, e.expires_on, max(e.version),
           coalesce(sum(e.points) filter (where not e.reserved), 0),
           coalesce(sum(e.points) filter (where e.reserved), 0)
    from unnest(%(customers)b::text[], %(days)b::date[], %(versions)b::int[], %(points)b::bigint[],
                %(reserved)b::boolean[]) as e(customer_id, expires_on, version, points, reserved)
    left join lots stored on stored.customer_id = e.customer_id::uuid and stored.expires_on = e.expires_on
    where e.version > coalesce(stored.version, 0)
    group by e.customer_id, e.expires_on
    on conflict (customer_id, expires_on) do update set
      version = excluded.version,
      points = l.points + excluded.points,
      reserved = l.reserved + excluded.reserved
    """,
)
def add_to_lots(s: Session, p: Parameters) -> Result:
    new: dict[tuple[Any, ...], Row] = {}
    for text, day, version, points, reserved in zipped(p, "customers", "days", "versions", "points", "reserved"):
        key = (UUID(text), day)
        stored = s.get("lots", *key)
        if version <= (stored["version"] if stored else 0):
            continue
        row = new.setdefault(
            key,
            {"customer_id": key[0], "expires_on": day, "version": 0, "points": 0, "reserved": 0},
        )
        row["version"] = max(row["version"], version)
        row["reserved" if reserved else "points"] += points

    def merge(row: Row, old: Row) -> Row:
        return {
            "version": row["version"],
            "points": old["points"] + row["points"],
            "reserved": old["reserved"] + row["reserved"],
        }

    return sum(s.upsert("lots", row, lambda old, row=row: merge(row, old)) for row in new.values())


@statement(
    """
    select customer_id, max(version) from lots
    where customer_id > %(after)s and expires_on < %(today)s and points > 0
    group by customer_id order by customer_id limit %(limit)s
    """,
)
def expiring(s: Session, p: Parameters) -> Result:
    found: dict[UUID, int] = defaultdict(int)
    for row in s.all("lots"):
        if row["customer_id"] > p["after"] and row["expires_on"] < p["today"] and row["points"] > 0:
            found[row["customer_id"]] = max(found[row["customer_id"]], row["version"])
    return sorted(found.items())[: p["limit"]]


@statement(
    """
    select expires_on, points, reserved from lots
    where customer_id = %(customer)s and (points > 0 or reserved > 0) order by expires_on
    """,
)
def lots_of(s: Session, p: Parameters) -> Result:
    rows = [r for r in s.where("lots", customer_id=p["customer"]) if r["points"] > 0 or r["reserved"] > 0]
    return sorted((row["expires_on"], row["points"], row["reserved"]) for row in rows)


@statement(f"select {balance_query._COLUMNS} from account_balance where customer_id = %(customer)s")
def balance(s: Session, p: Parameters) -> Result:
    row = s.get("account_balance", p["customer"])
    return [] if row is None else [tuple([row[column] for column in balance_query._FIELDS])]


_RECEIPT = ("customer_id", "receipt_id", "version", "points", "net_minor", "currency", "business_date", "expires_on")


@statement(
    """
    insert into receipt_points as r
      (customer_id, receipt_id, version, points, net_minor, currency, business_date, expires_on)
    select customer_id::uuid, receipt_id, version, points, net_minor, currency, business_date, expires_on
    from unnest(%(customers)b::text[], %(receipts)b::uuid[], %(versions)b::int[], %(points)b::bigint[],
                %(nets)b::bigint[], %(currencies)b::text[], %(dates)b::date[], %(expiries)b::date[])
      as e(customer_id, receipt_id, version, points, net_minor, currency, business_date, expires_on)
    on conflict (customer_id, receipt_id) do update set
      version = excluded.version, points = excluded.points, net_minor = excluded.net_minor,
      currency = excluded.currency, business_date = excluded.business_date, expires_on = excluded.expires_on
    where r.version < excluded.version
    """,
)
def settle_receipts(s: Session, p: Parameters) -> Result:
    touched = 0
    arrays = ("customers", "receipts", "versions", "points", "nets", "currencies", "dates", "expiries")
    for values in zipped(p, *arrays):
        new = dict(zip(_RECEIPT, (UUID(values[0]), *values[1:]), strict=True))
        touched += s.upsert("receipt_points", new, lambda r, new=new: new if r["version"] < new["version"] else None)
    return touched


@statement(
    """
    select r.customer_id, r.receipt_id, r.version, r.points, r.expires_on
    from unnest(%(customers)b::uuid[], %(receipts)b::uuid[]) as w(customer_id, receipt_id)
    join receipt_points r on r.customer_id = w.customer_id and r.receipt_id = w.receipt_id
    """,
)
def known_receipts(s: Session, p: Parameters) -> Result:
    rows = [s.get("receipt_points", *key) for key in zipped(p, "customers", "receipts")]
    return [
        tuple([row[c] for c in ("customer_id", "receipt_id", "version", "points", "expires_on")])
        for row in rows
        if row is not None
    ]


@statement("select pg_advisory_xact_lock(hashtextextended('redemption ' || %(id)s, 0))")
def lock_redemption(s: Session, p: Parameters) -> Result:
    s.lock(("advisory", "redemption", p["id"]))
    return [("",)]


@statement(
    """
    insert into redemptions
      (redemption_id, customer_id, version, points, status, reserved_until, reserved_at)
    select redemption_id, customer_id::uuid, version, points, 'reserved', reserved_until, reserved_at
    from unnest(%(ids)b::uuid[], %(customers)b::text[], %(versions)b::int[], %(points)b::bigint[],
                %(untils)b::timestamptz[], %(times)b::timestamptz[])
      as e(redemption_id, customer_id, version, points, reserved_until, reserved_at)
    on conflict do nothing
    """,
)
def begin_redemptions(s: Session, p: Parameters) -> Result:
    added = 0
    for id_, customer, version, points, until, at in zipped(
        p, "ids", "customers", "versions", "points", "untils", "times"
    ):
        row = {"redemption_id": id_, "customer_id": UUID(customer), "version": version, "points": points}
        times = {"reserved_until": until.astimezone(UTC), "reserved_at": at.astimezone(UTC), "ended_at": None}
        added += s.insert("redemptions", {**row, "status": "reserved", **times}) is None
    return added


@statement(
    """
    update redemptions r set version = e.version, status = e.status, ended_at = e.ended_at
    from unnest(%(ids)b::uuid[], %(versions)b::int[], %(statuses)b::text[], %(times)b::timestamptz[])
      as e(redemption_id, version, status, ended_at)
    where r.redemption_id = e.redemption_id and r.version < e.version
    """,
)
def end_redemptions(s: Session, p: Parameters) -> Result:
    touched = 0
    for id_, version, status, at in zipped(p, "ids", "versions", "statuses", "times"):
        row = s.locked("redemptions", {"redemption_id": id_})
        if row is not None and row["version"] < version:
            s.update("redemptions", row, version=version, status=status, ended_at=at.astimezone(UTC))
            touched += 1
    return touched


@statement("select customer_id, points, status from redemptions where redemption_id = %(id)s")
def find_redemption(s: Session, p: Parameters) -> Result:
    row = s.get("redemptions", p["id"])
    return [] if row is None else [(row["customer_id"], row["points"], row["status"])]


@statement(
    """
    select customer_id, redemption_id from redemptions
    where status = 'reserved' and reserved_until <= %(now)s order by reserved_until limit %(limit)s
    """,
)
def due_reservations(s: Session, p: Parameters) -> Result:
    due = [row for row in s.where("redemptions", status="reserved") if row["reserved_until"] <= p["now"]]
    due.sort(key=lambda row: row["reserved_until"])
    return [(row["customer_id"], row["redemption_id"]) for row in due[: p["limit"]]]


@statement(
    """
    select r.redemption_id, r.customer_id, r.points, r.status, r.reserved_until, r.reserved_at, r.ended_at,
           b.version, b.available
    from redemptions r join account_balance b on b.customer_id = r.customer_id
    where r.redemption_id = %(id)s
    """,
)
def redemption_view(s: Session, p: Parameters) -> Result:
    row = s.get("redemptions", p["id"])
    b = None if row is None else s.get("account_balance", row["customer_id"])
    if row is None or b is None:
        return []
    columns = ("redemption_id", "customer_id", "points", "status", "reserved_until", "reserved_at", "ended_at")
    return [(*[row[column] for column in columns], b["version"], b["available"])]
