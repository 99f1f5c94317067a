"""The auditor finds every mistake that it looks for: one row corrupted, one check (or more) fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from shared.kernel.ids import derived_id
from tests.integration.loyalty.test_bonus_points import bonus
from tests.integration.loyalty.test_settlement_partners import shared, tell
from tests.support.sales import member, receipt, sale

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.loyalty.conftest import Loyalty

ANNE = member("anne")
ONE, TWO = derived_id("redemption", 1), derived_id("redemption", 2)


@pytest.fixture
def books(make_loyalty: Callable[..., Loyalty]) -> Loyalty:
    """Books in which every check has something to look at, and nothing to find."""
    loyalty = make_loyalty(debt_allowed=False)
    loyalty.hears(sale(ANNE, receipt(1), net=5000), sale(member("ben"), receipt(2), net=700))
    loyalty.hears(sale(ANNE, receipt(1), version=2, net=4000))
    loyalty.reserve(ANNE, ONE, 7)
    loyalty.reserve(ANNE, TWO, 5)
    loyalty.ends("confirm", TWO)
    loyalty.hears(bonus(ANNE, receipt(1), 3))
    tell(loyalty, shared(1, {"tea-house": 40, "book-shop": 60}))
    findings = loyalty.audit()
    assert [finding for finding in findings.values() if not finding.ok] == []
    assert not [finding for finding in findings.values() if finding.detail.startswith("0 ")]
    return loyalty


@pytest.mark.parametrize(
    ("corruption", "check"),
    [
        (
            "update ledger_entries set points = points + 1 where kind = 'points_earned' and account = 'member'",
            "each transaction sums to zero",
        ),
        (
            "delete from ledger_entries where kind = 'points_redeemed' and account = 'redeemed'",
            "the programme sums to zero",
        ),
        ("delete from ledger_entries where kind = 'points_reserved'", "each transaction is one event"),
        ("update ledger_entries set kind = 'points_expired' where entry_no = 1", "each transaction is one event"),
        ("update account_balance set available = available + 1", "each balance is the sum of its entries"),
        ("update account_balance set earned_total = earned_total + 1", "each balance is the sum of its entries"),
        ("delete from account_balance", "each balance is the sum of its entries"),
        ("update lots set points = points + 1", "each lot is the sum of its entries"),
        ("update lots set reserved = -1", "no lot is below zero"),
        ("update account_balance set available = -1", "no account is below zero, except for what it owes"),
        (
            "update receipt_points set points = points + 1",
            "each receipt's points are the same in events, entries and what is known of it",
        ),
        (
            "delete from receipt_points",
            "each receipt's points are the same in events, entries and what is known of it",
        ),
        (
            "update ledger_entries set receipt_id = gen_random_uuid() where account = 'issued'",
            "each receipt's points are the same in events, entries and what is known of it",
        ),
        (
            """update events set data = jsonb_set(data::jsonb, '{receipt_version}', '1')::json
               where type = 'points_taken_back'""",
            "each version of a receipt is settled once, and only newer ones",
        ),
        ("update receipt_points set version = 1", "what is known of a receipt is its newest version"),
        (
            "update redemptions set points = 8 where status = 'reserved'",
            "what is reserved is what open reservations hold",
        ),
        ("delete from redemptions where status = 'reserved'", "each redemption's status is what its events say"),
        ("update redemptions set status = 'cancelled'", "each redemption's status is what its events say"),
        (
            """update events set data = jsonb_set(data::jsonb, '{redemption_id}',
                 (select data::jsonb->'redemption_id' from events where type = 'points_redeemed'))::json
               where type = 'points_reserved'""",
            "no redemption ends twice, or without having begun",
        ),
        ("update account_balance set version = version + 1", "each balance is what its events make of it"),
        ("update account_balance set closed = true", "each balance is what its events make of it"),
        (
            """update events set data = jsonb_set(data::jsonb, '{available}', '1')::json
               where type = 'points_redeemed'""",
            "each event follows from those before it",
        ),
        ("delete from events where type = 'points_reserved'", "each event follows from those before it"),
        (
            """update stream_state set state = jsonb_set(state::jsonb, '{debt}', '3')::json""",
            "each state is what its events make of it",
        ),
        ("update account_balance set debt = 1", "no account owes anything"),
    ],
)
def test_a_corrupted_row_is_found(books: Loyalty, corruption: str, check: str) -> None:
    with books.database.superuser().begin() as connection:
        connection.execute(text("set local search_path to loyalty"))
        connection.execute(text("alter table events disable trigger user"))
        assert connection.execute(text(corruption)).rowcount > 0
    assert check in books.complaints()


def test_the_auditor_reads_one_snapshot_and_changes_nothing(books: Loyalty) -> None:
    assert books.service.audit is not None
    with books.service.engine.begin() as connection:
        findings = books.service.audit(connection)
        first = next(iter(findings))
        # Points are earned while the auditor is at work: it does not see half of them.
        books.hears(sale(ANNE, receipt(3), net=900))
        assert all(finding.ok for finding in (first, *findings))
