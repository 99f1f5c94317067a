"""The till's read models: equal rows for any batches, and a rebuild finds what stands."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, get_args

import pytest

from services.campaigns.domain.budget.events import BudgetEvent
from services.campaigns.domain.checkout.events import CheckoutEvent
from services.campaigns.domain.coupon.events import CouponEvent, CouponsIssued
from services.campaigns.read_models.promotions import PROJECTIONS
from shared.contracts.stores import SaleVoided
from shared.database.batch import fetch, run
from shared.database.migrate import application_role
from shared.kernel.ids import derived_id
from shared.projections.rebuild import rebuild_projection
from tests.support.checkouts import document, of_sale, returned, till
from tests.support.sales import NOON, member, receipt

if TYPE_CHECKING:
    from tests.integration.campaigns.conftest import Campaigns


@pytest.fixture
def busy(campaigns: Campaigns) -> Campaigns:
    """A service with a history of everything that happens at tills."""
    for_all = {"segment": None, "message": None, "hold_out_percent": 0}
    campaigns.running(code="fifth", budget={"uses": 8, "uses_per_store": 9, "currency": "USD"}, **for_all)
    campaigns.running(
        code="triple", offer={"kind": "points", "factor": 3}, stacking_group="points", budget={}, **for_all
    )
    campaigns.running(
        code="coupon", coupon_required=True, stacking_group="coupon", budget={"currency": "USD"}, **for_all
    )
    path = f"/campaigns/{derived_id('campaign', 'coupon')}/coupons"
    coupons = [one["code"] for one in campaigns.http.post(path, json={"count": 12}).json()["coupons"]]
    campaigns.http.post(path, json={"customer_ids": [str(member(n)) for n in range(3)]}).raise_for_status()
    at = till(campaigns)
    for n, code in enumerate(coupons):
        at.reserve(f"c{n}", member(n) if n % 4 else None, coupons=[code])
        if n % 3:
            at.ends(f"c{n}", "release" if n % 3 == 1 else "confirmation")
    campaigns.hears(*[document(f"c{n}", member(n), receipt(n)) for n in range(2, 12, 3)])
    campaigns.hears(*[returned(member(n), receipt(n), {1: (1, 800)}) for n in range(2, 8, 3)])
    campaigns.hears(of_sale(SaleVoided, member(5), receipt(5), version=3, voided_at=NOON))
    for n in range(12, 20):
        at.reserve(f"c{n}", member(n), coupons=coupons[:2])
    campaigns.at(NOON + timedelta(hours=1))
    campaigns.sweep()
    # Some come late: the first still find room, then nothing is left.
    at = till(campaigns)
    for n in range(30, 36):
        at.reserve(f"c{n}", member(n))
    campaigns.hears(*[document(f"c{n}", member(n), receipt(n)) for n in range(12, 20)])
    kinds = {
        kind.type for kind in (*get_args(BudgetEvent), *get_args(CheckoutEvent), *get_args(CouponEvent), CouponsIssued)
    }
    assert kinds <= {kind for (kind,) in campaigns.rows("select distinct type from events")}
    assert campaigns.rows("select count(*) > 0 from redemptions where over_limit") == [(True,)]
    assert campaigns.complaints() == set()
    return campaigns


def test_equal_rows_for_any_batches(busy: Campaigns) -> None:
    store = busy.service.handler.store
    chance = random.Random(7)  # noqa: S311 - the same batches each time
    with busy.database.owner_engine("campaigns").begin() as connection:
        recorded = [record for _, record in store.read_all(connection, after=0, up_to=2**40, limit=10_000)]
        for projection in PROJECTIONS:
            live = fetch(connection, f"select to_jsonb(t) from {projection.name} t order by t")
            run(connection, f"create table other_{projection.name} (like {projection.name} including all)")
            events = [record for record in recorded if record.event.type in projection.types]
            done = 0
            while done < len(events):
                # Each batch begins anywhere before the end of the last, as after a crash.
                start = chance.randrange(max(0, done - 6), done + 1)
                done = min(len(events), done + chance.randrange(1, 9))
                projection.project(connection, f"other_{projection.name}", events[start:done])
            projection.project(connection, f"other_{projection.name}", events)
            assert fetch(connection, f"select to_jsonb(t) from other_{projection.name} t order by t") == live
            assert live


def test_a_rebuild_finds_what_stands(busy: Campaigns) -> None:
    owner = busy.database.owner_engine("campaigns")
    for projection in PROJECTIONS:
        report = rebuild_projection(owner, busy.service.handler.store, projection, application_role("campaigns"))
        assert report.equal, report
    assert busy.complaints() == set()


TAMPERED = [
    ("budgets", "uses = uses_max + 1 where uses_max = 8", "no limit is passed"),
    ("redemptions", "amount_minor = amount_minor + 1 where amount_minor > 0", "sums to what it takes off"),
    ("budgets", "uses = uses - 1 where uses_max = 8", "is the sum of the redemptions"),
    ("budgets", "version = version - 1 where uses_max = 8", "says what its last event says"),
    ("coupons", "taken_by = null where taken_by is not null", "is taken exactly by"),
    ("checkouts", "total_minor = 1", "no more than it costs"),
    ("redemptions", "status = 'reserved' where status = 'expired'", "end as it does"),
    ("redemptions", "coupon = (select min(coupon) from coupons), status = 'confirmed'", "by one checkout at most"),
]


def test_the_auditor_sees_what_is_wrong(busy: Campaigns) -> None:
    owner = busy.database.owner_engine("campaigns")
    for table, tampering, complaint in TAMPERED:
        with owner.begin() as connection:
            run(connection, f"create table kept as table {table}")
            assert run(connection, f"update {table} set {tampering}")
        assert any(complaint in found for found in busy.complaints()), complaint
        with owner.begin() as connection:
            run(connection, f"delete from {table}")
            run(connection, f"insert into {table} table kept")
            run(connection, "drop table kept")
    assert busy.complaints() == set()
