"""A past for `loyalty`, made by SQL: the rows that its own consumer would have left, thousands of times as fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

from services.loyalty.domain.account.decider import ACCOUNT
from services.loyalty.domain.account.state import Account
from shared.database.batch import copy_rows, run
from shared.database.engine import connect
from shared.database.migrate import owner_role
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from bench.servers import Database

_MEMBERS = "create unlogged table grown_members (n integer primary key, id uuid not null, points bigint not null)"
# Each member earns the same every time; so many times over the twelve months before the sales of `bench.load`.
_RECEIPTS = """
create unlogged table grown as
select i, m.id as customer_id, m.points, i / %(members)s + 1 as times,
       i / %(members)s + 2 as version, gen_random_uuid() as event_id, gen_random_uuid() as receipt_id,
       date '2024-01-01' + (i / %(members)s * 365 / %(each)s)::int as day
from generate_series(0, %(members)s::bigint * %(each)s - 1) as i join grown_members m on m.n = i %% %(members)s
"""
_EXPIRY = "(date_trunc('month', day) + interval '25 months' - interval '1 day')::date"
_EVENTS = (
    """
    insert into events (stream_category, stream_id, stream_version, event_id, type, schema_version, data, metadata,
                        occurred_at)
    select 'account', id::text, 1, gen_random_uuid(), 'account_opened', 1, '{}',
           json_build_object('causation_id', id, 'correlation_id', id, 'actor', 'loyalty.customers'), '2024-01-01Z'
    from grown_members order by n
    """,
    f"""
    insert into events (stream_category, stream_id, stream_version, event_id, type, schema_version, data, metadata,
                        occurred_at)
    select 'account', customer_id::text, version, event_id, 'points_earned', 1,
           json_build_object('receipt_id', receipt_id, 'receipt_version', 1, 'net_minor', points * 100,
             'currency', 'CNY', 'business_date', day, 'expires_on', {_EXPIRY}, 'receipt_points', points,
             'points', points, 'available', points * times),
           json_build_object('causation_id', receipt_id, 'correlation_id', receipt_id, 'actor', 'loyalty.sales'), day
    from grown order by i
    """,
    f"""
    insert into ledger_entries
    select customer_id, version, side.entry_no, event_id, 'points_earned', side.account,
           case side.entry_no when 2 then {_EXPIRY} end, side.sign * points, receipt_id, null, day, day
    from grown, (values (1, 'issued', -1), (2, 'member', 1)) as side(entry_no, account, sign) order by i
    """,
    f"""
    insert into receipt_points
    select customer_id, receipt_id, 1, points, points * 100, 'CNY', day, {_EXPIRY} from grown order by i
    """,
    f"insert into lots select customer_id, {_EXPIRY}, max(version), sum(points), 0 from grown group by 1, 2",
    """
    insert into inbox (consumer, generation, source, event_id)
    select 'loyalty.sales', 1, '/stores', gen_random_uuid() from grown order by i
    """,
)
_ACCOUNTS = (
    """
    insert into account_balance
    select id, 1 + coalesce(max(l.version) - 1, 0), false, coalesce(sum(l.points), 0), 0, 0,
           coalesce(sum(l.points), 0), 0, 0, 0
    from grown_members left join lots l on l.customer_id = id group by id order by id
    """,
    """
    insert into stream_state
    select 'account', id::text, b.version, 1, %(schema)s, replace(%(state)s, '"lots":{}', '"lots":' || coalesce(
             (select json_object_agg(expires_on, l.points) from lots l where l.customer_id = id), '{}')::text)
    from grown_members join account_balance b on b.customer_id = id order by id
    """,
)


def add_history(database: Database, *, members: int, each: int) -> None:
    """Gives each of `members` an account and `each` receipts. Consistent to the service's own auditor."""
    with _owner(database).begin() as connection:
        _add_members(connection, members)
        run(connection, _RECEIPTS, {"members": members, "each": each})
        for statement in _EVENTS:
            run(connection, statement)
        _add_accounts(connection)
        run(connection, "drop table grown, grown_members")


def add_accounts(database: Database, *, members: int) -> None:
    """Gives `members` accounts with nothing in them, and no past: how they came is not what is measured."""
    with _owner(database).begin() as connection:
        _add_members(connection, members)
        _add_accounts(connection)
        run(connection, "drop table grown_members")


def _owner(database: Database) -> Engine:
    engine = connect(database.url(owner_role("loyalty")), schema="loyalty", statement_timeout_ms=0)
    database.parts.callback(engine.dispose)
    return engine


def _add_members(connection: Connection, members: int) -> None:
    run(connection, _MEMBERS)
    # The ids of `bench.load`.
    rows = ((n, derived_id("bench.member", n), 10 + n % 90) for n in range(members))
    copy_rows(connection, "grown_members (n, id, points)", rows, types=("int4", "uuid", "int8"))


def _add_accounts(connection: Connection) -> None:
    state = ACCOUNT.state_adapter.dump_json(Account(standing="open")).decode()
    for statement in _ACCOUNTS:
        parameters = {"schema": ACCOUNT.schema_hash, "state": state} if "%(schema)s" in statement else None
        run(connection, statement, parameters)


def tidy(database: Database) -> None:
    """What autovacuum and a checkpoint would have done long ago."""
    engine = create_engine(database.superuser_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("vacuum (analyze, freeze)"))
        connection.execute(text("checkpoint"))
    engine.dispose()
