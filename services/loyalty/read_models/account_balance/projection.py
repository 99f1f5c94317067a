"""Sums each account's postings into its row, from where the row stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from services.loyalty.domain.account.events import AccountClosed, AccountEvent
from services.loyalty.domain.account.postings import postings
from services.loyalty.read_models.account_balance.table import ACCOUNT_BALANCE
from shared.database.batch import write
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[AccountEvent]]) -> None:
    """Adds what is newer than each row's version: one statement."""
    rows = [
        (record.stream.id, record.version, account, points)
        for record in batch
        for account, points, _ in postings(record.event) or _nothing_moved(record.event)
    ]
    customers, versions, accounts, points = map(list, zip(*rows, strict=True))
    write(
        connection,
        table,
        f"""
        insert into {table} as b (customer_id, version, closed, available, reserved, debt,
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
        left join {table} stored on stored.customer_id = e.customer_id::uuid
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
        {"customers": customers, "versions": versions, "accounts": accounts, "points": points},
    )


def _nothing_moved(event: AccountEvent) -> list[tuple[str, int, None]]:
    """A row for an event without postings: it moves the version, and may close the account."""
    return [("closed" if isinstance(event, AccountClosed) else "", 0, None)]


PROJECTION = Projection(ACCOUNT_BALANCE, frozenset(event.type for event in get_args(AccountEvent)), project)
