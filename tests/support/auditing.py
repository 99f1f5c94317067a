"""The independent auditor, and what a run has to share with its twin.

Everything here is SQL of its own over what is stored: it shares no code with whoever wrote it. The services' own
auditors run as well, since operators have nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.campaigns.audit.auditor import audit as audit_campaigns
from services.console.application.audit import audit as audit_console
from services.loyalty import bootstrap as loyalty
from services.loyalty.settings import LoyaltySettings
from services.notifications.application.audit import audit as audit_notifications
from services.segmentation import bootstrap as segmentation
from services.segmentation.settings import SegmentationSettings
from shared.database.batch import fetch, run
from tests.support.accounting import account_for_records
from tests.support.chains import check_chain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from shared.messaging.log import EventLog
    from tests.conftest import Database

SERVICES = ("stores", "customers", "loyalty", "segmentation", "campaigns", "notifications", "console")

FIGURES = {
    # Not the attributions: how many receipts came before their member depends on who died when.
    "receipts": (
        "stores",
        "select type, count(*) from events where type <> 'receipt_attributed' group by type order by type",
    ),
    "sales": ("stores", "select * from sales_by_day order by 1, 2, 3, 4"),
    "members": ("customers", "select type, count(*) from events group by type order by type"),
    "balances": (
        "loyalty",
        """
        select customer_id, closed, available, reserved, earned_total, redeemed_total, expired_total
        from account_balance order by 1
        """,
    ),
    # What an account comes to, not that it was moved: a sale that is voided in the same batch earns nothing first.
    "ledger": (
        "loyalty",
        """
        select customer_id, case account when 'debt' then 'member' else account end, sum(points)
        from ledger_entries group by 1, 2 having sum(points) <> 0 order by 1, 2
        """,
    ),
    "settled": ("loyalty", "select customer_id, receipt_id, points, net_minor from receipt_points order by 1, 2"),
    "redemptions": ("loyalty", "select redemption_id, customer_id, points, status from redemptions order by 1"),
    "facts": (
        "segmentation",
        "select customer_id, receipts, sales_minor, last_business_date from member_facts order by 1",
    ),
    # Not what is zero: a sale that is voided in the same batch leaves no trace of what it was.
    "days on the boards": (
        "console",
        """
        select store_id, business_date, currency, receipts, sales_minor, member_receipts, member_sales_minor
        from store_days where receipts <> 0 order by 1, 2, 3
        """,
    ),
    "members on the boards": (
        "console",
        """
        select customer_id, m.points, b.visits, b.spend_minor, b.last_purchase
        from members m left join (select * from member_buying where visits <> 0) b using (customer_id)
        where m.points <> 0 or b.visits <> 0 order by 1
        """,
    ),
    "parked": (
        None,
        "select reason, count(*) from parked where not follower group by reason order by reason",
    ),
}
"""What must come out the same, whatever happened on the way: name -> (service, or None for all; what to ask)."""

RULES = {
    "zero-sum per transaction": (
        "loyalty",
        "select customer_id, version, sum(points) from ledger_entries group by 1, 2 having sum(points) <> 0",
    ),
    "zero-sum of the programme": (
        "loyalty",
        "select sum(points) from ledger_entries having sum(points) <> 0",
    ),
    "balance = entries = replay": (
        "loyalty",
        """
        with entries as (
          select customer_id, sum(points) filter (where account in ('member', 'debt')) as available,
                 sum(points) filter (where account = 'reserved') as reserved
          from ledger_entries group by 1),
        replay as (
          select stream_id::uuid as customer_id,
            sum((data->>'points')::bigint * case type
                  when 'points_earned' then 1 when 'points_released' then 1 when 'points_taken_back' then -1
                  when 'points_reserved' then -1 when 'points_expired' then -1 else 0 end
                + coalesce((data->>'forgiven')::bigint, 0)) as available,
            sum((data->>'points')::bigint * case type
                  when 'points_reserved' then 1 when 'points_redeemed' then -1 when 'points_released' then -1
                  else 0 end) as reserved
          from events where stream_category = 'account' group by 1)
        select customer_id, b.available, e.available, r.available, b.reserved, e.reserved, r.reserved
        from account_balance b full join entries e using (customer_id) full join replay r using (customer_id)
        where b.customer_id is null or r.customer_id is null
           or b.available <> coalesce(e.available, 0) or b.available <> coalesce(r.available, 0)
           or b.reserved <> coalesce(e.reserved, 0) or b.reserved <> coalesce(r.reserved, 0)
        """,
    ),
    "no overdraft, debt only for what was spent": (
        "loyalty",
        """
        select customer_id, available, debt, redeemed_total from account_balance
        where debt < 0 or available < -debt or debt > redeemed_total + reserved + expired_total
        """,
    ),
    "a redemption ends once": (
        "loyalty",
        """
        select data->>'redemption_id' from events
        where type in ('points_reserved', 'points_redeemed', 'points_released') group by 1
        having count(*) filter (where type = 'points_reserved') <> 1
            or count(*) filter (where type <> 'points_reserved') > 1
        """,
    ),
    "a receipt is settled for one member once per version": (
        "loyalty",
        """
        select stream_id, data->>'receipt_id', data->>'receipt_version', count(*) from events
        where type in ('points_earned', 'points_taken_back', 'receipt_settled') group by 1, 2, 3 having count(*) > 1
        """,
    ),
    "one sale per till, date and number": (
        "stores",
        """
        select data->'receipt'->>'store_id', data->'receipt'->>'till_id', data->'receipt'->>'business_date',
               data->'receipt'->>'number'
        from events where type = 'receipt_recorded' group by 1, 2, 3, 4 having count(*) > 1
        """,
    ),
}
"""Name -> (service, what breaks it): nothing may be selected."""


OWN, KEPT = "the services' auditors", "acknowledged receipts are there"
ACCOUNTED, CHAIN = "offered = claimed + duplicate + parked + passed over + in flight, per partition", "audit hash chain"
INVARIANTS = (OWN, *RULES, KEPT, ACCOUNTED, CHAIN)
"""Everything that the auditor can check; `KEPT` only where it is told what was acknowledged."""


def figures(database: Database) -> dict[str, Any]:
    """Everything that must come out the same as in a twin without the fault."""
    return {
        name: [(asked, *row) for asked in ([service] if service else SERVICES) for row in _ask(database, asked, sql)]
        for name, (service, sql) in FIGURES.items()
    }


def audit_all(
    database: Database,
    event_log: EventLog,
    *,
    acknowledged: Collection[UUID] = (),
) -> tuple[str, ...]:
    """Checks every invariant; the names of those that held. Raises `AssertionError` that names the first breach.

    `acknowledged` are the ids of receipts whose senders were told that they are kept.
    """
    _check_services_own(database)
    for name, (service, sql) in RULES.items():
        breaches = _ask(database, service, sql)
        assert not breaches, f"{name}: {len(breaches)} breaches in {service}, the first: {breaches[:3]}"
    if acknowledged:
        _assert_kept(database, acknowledged)
    for service in SERVICES:
        with _unhurried(database, service) as connection:
            account_for_records(connection, event_log)
            assert not (broken := check_chain(connection)), f"audit log of {service}: {broken}"
    return tuple(name for name in INVARIANTS if name != KEPT or acknowledged)


def _check_services_own(database: Database) -> None:
    built = [
        loyalty.build(database.settings(LoyaltySettings)),
        segmentation.build(database.settings(SegmentationSettings)),
    ]
    for service in built:
        assert service.audit is not None
        with service.engine.begin() as connection:
            broken = [finding for finding in service.audit(connection) if not finding.ok]
        service.engine.dispose()
        assert broken == [], f"{service.name}: {broken}"
    alone = {"campaigns": audit_campaigns, "notifications": audit_notifications, "console": audit_console}
    for name, audit in alone.items():
        with _unhurried(database, name) as connection:
            broken = [finding for finding in audit(connection) if not finding.ok]
        assert broken == [], f"{name}: {broken}"


def _assert_kept(database: Database, acknowledged: Collection[UUID]) -> None:
    kept = {
        UUID(id_) for (id_,) in _ask(database, "stores", "select stream_id from events where type = 'receipt_recorded'")
    }
    lost = set(acknowledged) - kept
    assert not lost, f"{len(lost)} acknowledged receipts are lost, such as {sorted(lost)[:3]}"


@contextmanager
def _unhurried(database: Database, service: str) -> Iterator[Connection]:
    """A transaction without the limits of those that serve: of a million records it reads the log for minutes."""
    with database.engine(service).begin() as connection:
        run(connection, "set local statement_timeout = 0")
        run(connection, "set local idle_in_transaction_session_timeout = 0")
        yield connection


def _ask(database: Database, service: str, question: str) -> list[Any]:
    with _unhurried(database, service) as connection:
        return [tuple(row) for row in fetch(connection, question)]
