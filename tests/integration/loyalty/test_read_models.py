"""Each read model is the same however its events come: once, twice, in other batches, rebuilt."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, get_args

import pytest

from services.loyalty.bootstrap import build
from services.loyalty.domain.account.events import AccountEvent
from services.loyalty.domain.funding.events import FundingEvent
from services.loyalty.settings import LoyaltySettings
from shared.database.batch import fetch, run
from shared.database.migrate import application_role
from shared.kernel.ids import derived_id
from shared.projections.rebuild import rebuild_projection
from tests.integration.loyalty.test_bonus_points import bonus
from tests.integration.loyalty.test_settlement_partners import shared, tell
from tests.support.sales import erased, member, receipt, sale

if TYPE_CHECKING:
    from tests.integration.loyalty.conftest import Loyalty

NAMES = (
    *("ledger_entries", "account_balance", "lots", "receipt_points", "redemptions"),
    *("bonuses", "partner_entries"),
)


@pytest.fixture
def busy(loyalty: Loyalty) -> Loyalty:
    """A service with a history of everything."""
    for version in (1, 2):
        loyalty.hears(*[sale(member(n % 3), receipt(n), version=version, net=2000 // version) for n in range(12)])
        for n in range(9):
            loyalty.reserve(member(n % 3), derived_id("redemption", version, n), 5 + n)
            if n % 3:
                loyalty.ends("confirm" if n % 3 == 1 else "cancel", derived_id("redemption", version, n))
    loyalty.hears(*[sale(member(0), receipt(n), version=3, net=0) for n in range(0, 12, 3)], erased(member(2)))
    loyalty.hears(sale(member(0), receipt(99), net=50_000))
    loyalty.hears(sale(member(1), receipt(1), version=3, net=1001))
    for version in (1, 2, 3):
        loyalty.hears(*[bonus(member(n % 2), receipt(n), 30 // version, version=version) for n in range(4)])
        shares = {"tea-house": 9, "mall": 7, "book-shop": 60 // min(version, 2)}
        tell(loyalty, *[shared(n, shares, version=version) for n in range(4)])
    loyalty.time_passes(days=800)
    assert loyalty.rows("select count(distinct type) from events") == [(len(get_args(AccountEvent | FundingEvent)),)]
    return loyalty


@pytest.mark.parametrize("name", NAMES)
def test_equal_rows_for_any_batches(busy: Loyalty, name: str) -> None:
    projection = next(p for p in busy.service.handler.projections if p.name == name)
    store = busy.service.handler.store
    chance = random.Random(7)  # noqa: S311 - the same batches each time
    with busy.database.owner_engine("loyalty").begin() as connection:
        live = fetch(connection, f"select to_jsonb(t) from {name} t order by t")
        run(connection, f"create table other (like {name} including all)")
        events = [record for _, record in store.read_all(connection, after=0, up_to=2**40, limit=10_000)]
        events = [record for record in events if record.event.type in projection.types]
        done = 0
        while done < len(events):
            # Each batch begins anywhere before the end of the last, as after a crash.
            start = chance.randrange(max(0, done - 6), done + 1)
            done = min(len(events), done + chance.randrange(1, 9))
            projection.project(connection, "other", events[start:done])
        projection.project(connection, "other", events)
        assert fetch(connection, "select to_jsonb(t) from other t order by t") == live
        assert live


@pytest.mark.parametrize("name", NAMES)
def test_a_rebuild_finds_what_stands(busy: Loyalty, name: str) -> None:
    projection = next(p for p in busy.service.handler.projections if p.name == name)
    owner = busy.database.owner_engine("loyalty")
    report = rebuild_projection(owner, busy.service.handler.store, projection, application_role("loyalty"))
    assert report.equal, report
    assert not busy.complaints()


def test_settings_decide_the_programme(busy: Loyalty) -> None:
    settings = busy.database.settings(LoyaltySettings, points_per_unit=3, debt_points_max=7)
    assert build(settings).name == "loyalty"
    assert (settings.programme().points_for(199, "USD"), settings.programme().debt_points_max) == (3, 7)
    assert busy.database.settings(LoyaltySettings, debt_allowed=False).programme().debt_points_max == 0
