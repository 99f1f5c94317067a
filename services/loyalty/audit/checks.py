"""The auditor's checks in SQL: each finds the rows that are wrong, and says how many it looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant. `wrong` selects what breaks it, with the columns that `shows` names."""

    name: str
    unit: str
    counted: str
    shows: str
    wrong: str


_LEDGER = "select count(*) from ledger_entries"
_TRANSACTIONS = "select count(*) from (select distinct customer_id, version from ledger_entries) t"
_ACCOUNTS = "select count(*) from account_balance"
_RECEIPTS = "select count(*) from receipt_points"
_REDEMPTIONS = "select count(*) from redemptions"

_ENDS = """
  select (data->>'redemption_id')::uuid as redemption_id,
         count(*) filter (where type = 'points_reserved') as reserved,
         count(*) filter (where type = 'points_redeemed') as redeemed,
         count(*) filter (where type = 'points_released') as released
  from events where type in ('points_reserved', 'points_redeemed', 'points_released') group by 1"""

_EACH_TRANSACTION = Check(
    "each transaction sums to zero",
    "transactions",
    _TRANSACTIONS,
    "customer, version, sum",
    "select customer_id, version, sum(points) from ledger_entries group by 1, 2 having sum(points) <> 0",
)
_EACH_BALANCE = Check(
    "each balance is the sum of its entries",
    "accounts",
    _ACCOUNTS,
    "customer, available, reserved, debt, earned, redeemed, expired, forgiven",
    """
    with sums as (
      select customer_id,
             sum(case when account in ('member', 'debt') then points else 0 end) as available,
             sum(case when account = 'reserved' then points else 0 end) as reserved,
             sum(case when account = 'debt' then -points else 0 end) as debt,
             sum(case when account = 'issued' then -points else 0 end) as earned,
             sum(case when account = 'redeemed' then points else 0 end) as redeemed,
             sum(case when account = 'expired' then points else 0 end) as expired,
             sum(case when account = 'forgiven' then -points else 0 end) as forgiven
      from ledger_entries group by customer_id)
    select coalesce(b.customer_id, s.customer_id), b.available, b.reserved, b.debt, b.earned_total,
           b.redeemed_total, b.expired_total, b.forgiven_total
    from account_balance b full join sums s using (customer_id)
    where b.customer_id is null
       or (b.available, b.reserved, b.debt, b.earned_total, b.redeemed_total, b.expired_total, b.forgiven_total)
          is distinct from (coalesce(s.available, 0), coalesce(s.reserved, 0), coalesce(s.debt, 0),
                            coalesce(s.earned, 0), coalesce(s.redeemed, 0), coalesce(s.expired, 0),
                            coalesce(s.forgiven, 0))
    """,
)

CHECKS: tuple[Check, ...] = (
    _EACH_TRANSACTION,
    Check(
        "the programme sums to zero",
        "entries",
        _LEDGER,
        "sum",
        "select sum(points) from ledger_entries having sum(points) <> 0",
    ),
    Check(
        "each transaction is one event",
        "transactions",
        _TRANSACTIONS,
        "customer, version, type of the event",
        """
        select l.customer_id, l.version, e.type
        from (select distinct customer_id, version, transaction_id, kind from ledger_entries) l
        full join (select * from events where data->>'points' is not null) e
          on e.stream_id = l.customer_id::text and e.stream_version = l.version
        where (e.event_id, e.type) is distinct from (l.transaction_id, l.kind)
        """,
    ),
    _EACH_BALANCE,
    Check(
        "each lot is the sum of its entries",
        "lots",
        "select count(*) from lots",
        "customer, last day, points, reserved",
        """
        with sums as (
          select customer_id, lot, sum(case when account = 'member' then points else 0 end) as points,
                 sum(case when account = 'reserved' then points else 0 end) as reserved
          from ledger_entries where lot is not null group by 1, 2)
        select coalesce(l.customer_id, s.customer_id), coalesce(l.expires_on, s.lot), l.points, l.reserved
        from lots l full join sums s on s.customer_id = l.customer_id and s.lot = l.expires_on
        where (l.points, l.reserved) is distinct from (s.points, s.reserved)
        """,
    ),
    Check(
        "no lot is below zero",
        "lots",
        "select count(*) from lots",
        "customer, last day, points, reserved",
        "select customer_id, expires_on, points, reserved from lots where points < 0 or reserved < 0",
    ),
    Check(
        "no account is below zero, except for what it owes",
        "accounts",
        _ACCOUNTS,
        "customer, available, debt",
        "select customer_id, available, debt from account_balance where debt < 0 or available < -debt",
    ),
    Check(
        "each receipt's points are the same in events, entries and what is known of it",
        "receipts",
        _RECEIPTS,
        "customer, receipt, points known, points by events, points by entries",
        """
        with by_events as (
          select stream_id::uuid as customer_id, (data->>'receipt_id')::uuid as receipt_id,
                 sum(case type when 'points_earned' then (data->>'points')::bigint
                               when 'points_taken_back' then -(data->>'points')::bigint else 0 end) as points
          from events where type in ('points_earned', 'points_taken_back', 'receipt_settled') group by 1, 2),
        by_entries as (
          select customer_id, receipt_id, -sum(points) as points
          from ledger_entries where account = 'issued' group by 1, 2)
        select customer_id, receipt_id, r.points, e.points, l.points
        from receipt_points r
        full join by_events e using (customer_id, receipt_id)
        full join by_entries l using (customer_id, receipt_id)
        where r.points is distinct from e.points or coalesce(l.points, 0) is distinct from coalesce(r.points, 0)
        """,
    ),
    Check(
        "each version of a receipt is settled once, and only newer ones",
        "receipts",
        _RECEIPTS,
        "customer, receipt, version, version before",
        """
        select * from (
          select stream_id, data->>'receipt_id', (data->>'receipt_version')::int as version,
                 lag((data->>'receipt_version')::int) over (
                   partition by stream_id, data->>'receipt_id' order by stream_version) as before
          from events where type in ('points_earned', 'points_taken_back', 'receipt_settled')) v
        where version <= before
        """,
    ),
    Check(
        "what is known of a receipt is its newest version",
        "receipts",
        _RECEIPTS,
        "customer, receipt, version known",
        """
        with newest as (
          select stream_id::uuid as customer_id, (data->>'receipt_id')::uuid as receipt_id,
                 max((data->>'receipt_version')::int) as version
          from events where type in ('points_earned', 'points_taken_back', 'receipt_settled') group by 1, 2)
        select customer_id, receipt_id, r.version
        from receipt_points r full join newest n using (customer_id, receipt_id)
        where r.version is distinct from n.version
        """,
    ),
    Check(
        "what is reserved is what open reservations hold",
        "accounts",
        _ACCOUNTS,
        "customer, reserved, held by reservations",
        """
        select b.customer_id, b.reserved, coalesce(o.points, 0)
        from account_balance b
        full join (select customer_id, sum(points) as points from redemptions where status = 'reserved' group by 1) o
          using (customer_id)
        where coalesce(b.reserved, 0) <> coalesce(o.points, 0)
        """,
    ),
    Check(
        "no redemption ends twice, or without having begun",
        "redemptions",
        _REDEMPTIONS,
        "redemption, reserved, redeemed, released",
        f"select * from ({_ENDS}) t where reserved <> 1 or redeemed + released > 1",
    ),
    Check(
        "each redemption's status is what its events say",
        "redemptions",
        _REDEMPTIONS,
        "redemption, status, redeemed, released",
        f"""
        select coalesce(r.redemption_id, t.redemption_id), r.status, t.redeemed, t.released
        from redemptions r full join ({_ENDS}) t on t.redemption_id = r.redemption_id
        where r.status is null or t.reserved is null
           or (r.status = 'confirmed') <> (t.redeemed = 1)
           or (r.status in ('cancelled', 'expired')) <> (t.released = 1)
        """,
    ),
)

NO_DEBT = Check(
    "no account owes anything",
    "accounts",
    _ACCOUNTS,
    "customer, debt",
    "select customer_id, debt from account_balance where debt <> 0",
)
"""Only while the programme allows no debt."""

MUST_BE_ZERO = {"ledger_imbalance": _EACH_TRANSACTION.wrong, "balance_mismatch": _EACH_BALANCE.wrong}
"""Those that are looked at all the time; the others take longer and are the auditor's."""
