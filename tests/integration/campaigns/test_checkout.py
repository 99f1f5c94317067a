"""Checkouts over HTTP and by sales: reserve, confirm, release, time, returns, and what others are told."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from shared.contracts.campaigns import BonusPointsDue, FundingShared, OfferRedeemed, OfferReturned
from shared.contracts.stores import SaleAttributed, SaleDetached, SaleVoided, StoreRegistered
from tests.support.checkouts import document, of_sale, returned, till
from tests.support.sales import NOON, member, receipt

if TYPE_CHECKING:
    from tests.integration.campaigns.conftest import Campaigns

ANN, BOB = member("ann"), member("bob")
RECEIPT = receipt("first")


@pytest.fixture
def fifth(campaigns: Campaigns) -> Campaigns:
    """A fifth off for everybody, ten uses, one for each member."""
    budget = {"uses": 10, "uses_per_member": 1, "money_minor": 10_000, "currency": "USD"}
    campaigns.running(code="fifth", segment=None, message=None, hold_out_percent=0, budget=budget)
    return campaigns


def uses(campaigns: Campaigns) -> tuple[int, int, int]:
    """What is taken of the campaign's own limit: uses, money, and uses over it."""
    found = campaigns.rows("select uses, money_minor, uses_over from budgets where budget not like '%%.%%'")
    return found[0] if found else (0, 0, 0)


def test_a_quote_takes_nothing_and_a_reservation_does(fifth: Campaigns) -> None:
    at = till(fifth)
    quoted = at.quote(ANN)
    assert (quoted["discount_minor"], quoted["to_pay_minor"]) == (400, 1600)
    [effect] = quoted["effects"]
    assert effect["lines"] == [{"line": 1, "amount_minor": 200}, {"line": 2, "amount_minor": 200}]
    assert effect["name"]["zh-CN"] == "回来吧"
    assert effect["reason"] == "20 % off, at most 50.00 USD"
    assert uses(fifth) == (0, 0, 0)
    held = at.reserve("c1", ANN)
    assert (held["status"], held["discount_minor"]) == ("reserved", 400)
    assert uses(fifth) == (1, 400, 0)
    assert [no["code"] for no in at.quote(ANN)["why_not"]] == ["member_limit"]
    assert fifth.complaints() == set()


def test_the_same_again_changes_nothing_and_another_basket_is_refused(fifth: Campaigns) -> None:
    at = till(fifth)
    held = at.reserve("c1", ANN)
    again = at.reserve("c1", ANN)
    assert again["effects"] == held["effects"]
    other = at.asks("/checkouts", ANN, checkout="c1", lines=[(1, "tea", 5)])
    assert (other.status_code, other.json()["code"]) == (409, "checkout_id_taken")
    assert at.ends("c1", "release").json()["status"] == "released"
    assert at.ends("c1", "release").json()["status"] == "released"
    over = at.asks("/checkouts", ANN, checkout="c1")
    assert (over.status_code, over.json()["code"]) == (409, "checkout_over")
    assert uses(fifth) == (0, 0, 0)
    assert at.ends("c2", "release").json()["code"] == "checkout_not_found"
    assert fifth.complaints() == set()


def test_the_receipt_confirms_and_so_does_the_till(fifth: Campaigns) -> None:
    at = till(fifth)
    at.reserve("c1", ANN)
    assert at.ends("c1", "confirmation").json()["status"] == "confirmed"
    sale = document("c1", ANN, RECEIPT)
    fifth.hears(sale, sale)
    fifth.hears(sale)
    assert at.ends("c1", "confirmation").json()["receipt_id"] == str(RECEIPT)
    assert at.ends("c1", "release").json()["code"] == "checkout_confirmed"
    first, named = fifth.told(OfferRedeemed)
    assert (first.redemption_version, first.receipt_id, first.discount_minor) == (1, None, 400)
    assert (named.redemption_version, named.receipt_id, named.over_limit) == (2, RECEIPT, False)
    at.reserve("c2", BOB)
    fifth.hears(document("c2", BOB, receipt("second")))
    assert at.show("c2")["status"] == "confirmed"
    assert len(fifth.told(OfferRedeemed)) == 3
    assert uses(fifth) == (2, 800, 0)
    assert fifth.complaints() == set()


def test_time_gives_back_and_a_late_sale_takes_again(fifth: Campaigns) -> None:
    till(fifth).reserve("c1", ANN)
    fifth.time_passes(minutes=14)
    assert till(fifth).show("c1")["status"] == "reserved"
    fifth.time_passes(minutes=1)
    assert till(fifth).show("c1")["status"] == "expired"
    assert uses(fifth) == (0, 0, 0)
    fifth.hears(document("c1", ANN, RECEIPT))
    assert till(fifth).show("c1")["status"] == "confirmed"
    assert uses(fifth) == (1, 400, 0)
    assert [redeemed.over_limit for redeemed in fifth.told(OfferRedeemed)] == [False]
    assert fifth.complaints() == set()


def test_a_late_sale_for_which_nothing_is_left_stands_over_the_limit(fifth: Campaigns) -> None:
    at = till(fifth)
    at.reserve("c1", ANN)
    at.ends("c1", "release")
    at.reserve("c2", ANN)
    confirmed = at.ends("c1", "confirmation").json()
    assert confirmed["effects"][0]["over_limit"]
    assert uses(fifth) == (1, 400, 1)
    fifth.hears(document("c1", ANN, RECEIPT), returned(ANN, RECEIPT, {1: (1, 500)}, version=2))
    assert uses(fifth) == (1, 400, 1)
    [first, _] = fifth.told(OfferRedeemed)
    assert first.over_limit
    assert fifth.complaints() == set()


def test_returns_take_their_share_to_the_last_cent(fifth: Campaigns) -> None:
    at = till(fifth)
    at.reserve("c1", ANN, lines=[(1, "tea", 1000, 3), (2, "rice", 1000)])
    lines = {1: (3, 800), 2: (1, 800)}
    fifth.hears(document("c1", ANN, RECEIPT, lines=lines))
    for version in (2, 3, 4):
        fifth.hears(returned(ANN, RECEIPT, {1: (1, 267 if version < 4 else 266)}, version=version))
    told = fifth.told(OfferReturned)
    assert [(one.given_back_minor, one.discount_minor) for one in told] == [(66, 334), (67, 267), (67, 200)]
    assert [one.redemption_version for one in told] == [2, 3, 4]
    assert uses(fifth) == (1, 200, 0), "the money is back, the use is not"
    [[row]] = [at.redemptions("fifth")]
    assert (row["amount_minor"], row["discount_minor"], row["status"]) == (400, 200, "confirmed")
    assert fifth.complaints() == set()


def test_a_void_is_as_if_it_had_not_been(fifth: Campaigns) -> None:
    at = till(fifth)
    at.reserve("c1", ANN)
    fifth.hears(document("c1", ANN, RECEIPT), of_sale(SaleVoided, ANN, RECEIPT, version=2, voided_at=NOON))
    assert uses(fifth) == (0, 0, 0)
    assert [one.discount_minor for one in fifth.told(OfferReturned)] == [0]
    assert at.quote(ANN)["discount_minor"] == 400, "she may use it again"
    assert fifth.complaints() == set()


def test_a_receipt_that_only_the_till_named_neither_gives_back_nor_hides_the_true_one(fifth: Campaigns) -> None:
    at = till(fifth)
    at.reserve("c1", ANN)
    wrong = receipt("somebody else's")
    path = f"/checkouts/{at.id('c1')}/confirmation"
    at.http.post(path, json={"receipt_id": str(wrong)}).raise_for_status()
    fifth.hears(document(None, BOB, wrong), of_sale(SaleVoided, BOB, wrong, version=2, voided_at=NOON))
    assert uses(fifth) == (1, 400, 0)
    lines = {1: (1, 800), 2: (1, 800)}
    fifth.hears(document("c1", ANN, RECEIPT, lines=lines), returned(ANN, RECEIPT, {1: (1, 800)}, version=2))
    assert uses(fifth) == (1, 200, 0)
    assert at.show("c1")["receipt_id"] == str(RECEIPT)
    assert fifth.complaints() == set()


def test_two_receipts_with_one_checkout_shrink_it_by_the_first_alone(fifth: Campaigns) -> None:
    till(fifth).reserve("c1", ANN)
    second = receipt("second")
    fifth.hears(document("c1", ANN, RECEIPT), document("c1", ANN, second))
    fifth.hears(of_sale(SaleVoided, ANN, second, version=2, voided_at=NOON))
    assert uses(fifth) == (1, 400, 0)
    fifth.hears(of_sale(SaleVoided, ANN, RECEIPT, version=2, voided_at=NOON))
    assert uses(fifth) == (0, 0, 0)
    assert fifth.complaints() == set()


def test_versions_in_any_order_end_the_same(fifth: Campaigns) -> None:
    at = till(fifth)
    at.reserve("c1", ANN, lines=[(1, "tea", 1000, 4), (2, "rice", 1000)])
    lines = {1: (4, 800), 2: (1, 800)}
    fifth.hears(document("c1", ANN, RECEIPT, lines=lines))
    fifth.hears(
        returned(ANN, RECEIPT, {1: (1, 200)}, version=4),
        returned(ANN, RECEIPT, {2: (1, 800)}, version=3),
        returned(ANN, RECEIPT, {1: (1, 200)}, version=2),
        returned(ANN, RECEIPT, {1: (1, 200)}, version=4),
        document("c1", ANN, RECEIPT, lines=lines, came_back={1: (1, 200), 2: (1, 800)}, version=3, kind=SaleAttributed),
    )
    assert [one.discount_minor for one in fifth.told(OfferReturned)] == [350, 150, 100]
    assert uses(fifth) == (1, 100, 0)
    assert fifth.complaints() == set()


def test_points_go_to_whose_sale_it_is(campaigns: Campaigns) -> None:
    offer = {"kind": "points", "factor": "3"}
    campaigns.running(code="triple", segment=None, message=None, hold_out_percent=0, budget={}, offer=offer)
    at = till(campaigns)
    [effect] = at.quote(ANN)["effects"]
    assert (effect["points"], effect["points_factor"], effect["amount_minor"]) == (40, "3", 0)
    at.reserve("c1", ANN)
    sold = {1: (1, 1000), 2: (1, 1000)}
    campaigns.hears(document("c1", ANN, RECEIPT, lines=sold), returned(ANN, RECEIPT, {2: (1, 1000)}, version=2))
    campaigns.hears(of_sale(SaleDetached, ANN, RECEIPT, version=3))
    back = {2: (1, 1000)}
    campaigns.hears(document("c1", BOB, RECEIPT, lines=sold, came_back=back, version=3, kind=SaleAttributed))
    told = [(one.customer_id, one.points) for one in campaigns.told(BonusPointsDue)]
    assert told == [(ANN, 40), (ANN, 20), (ANN, 0), (BOB, 20)]
    versions = [one.receipt_version for one in campaigns.told(BonusPointsDue)]
    assert versions == sorted(versions)
    assert campaigns.complaints() == set()


def test_a_sale_without_a_checkout_and_one_of_an_unknown_checkout_are_nothing_to_us(fifth: Campaigns) -> None:
    fifth.hears(
        document("nobody's", ANN, RECEIPT), document(None, BOB, receipt("x")), returned(BOB, receipt("x"), {1: (1, 5)})
    )
    assert fifth.told(OfferRedeemed) == []
    assert fifth.rows("select count(*) from parked") == [(0,)]


def test_who_may_ask(fifth: Campaigns) -> None:
    at = till(fifth)
    at.reserve("c1", ANN)
    elsewhere = till(fifth, role="till", stores=["31"], device="31/1")
    assert elsewhere.asks("/quotes", ANN).json()["code"] == "store_not_found"
    assert elsewhere.asks("/checkouts", ANN, checkout="c9").status_code == 404
    assert elsewhere.http.get(f"/checkouts/{at.id('c1')}").json()["code"] == "checkout_not_found"
    assert elsewhere.ends("c1", "confirmation").status_code == 404
    here = till(fifth, role="till", stores=["367"], device="367/1")
    assert here.show("c1")["status"] == "reserved"
    assert till(fifth, role="marketer").asks("/checkouts", ANN, checkout="c9").status_code == 403


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"lines": [(1, "tea", 5), (1, "tea", 5)]}, "equal numbers"),
        ({"drafts": ["00000000-0000-0000-0000-000000000001"]}, "dry run"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": None}, "name a currency"),
        ({"lines": [(1, "tea", -1)]}, "greater than or equal to 0"),
    ],
)
def test_baskets_that_cannot_be(fifth: Campaigns, more: dict[str, Any], says: str) -> None:
    answer = till(fifth).asks("/quotes", ANN, **more)
    assert answer.status_code == 422
    assert says in answer.text


def test_a_till_that_names_no_time_lives_by_its_stores_clock(campaigns: Campaigns) -> None:
    """Noon in UTC is one o'clock in the night of the next day in Auckland."""
    night = {"kind": "percent", "percent": "20", "conditions": {"hours": [{"from": "00:00", "to": "06:00"}]}}
    campaigns.running(code="night", segment=None, message=None, hold_out_percent=0, budget={}, offer=night)
    here, there = "Europe/Berlin", "Pacific/Auckland"
    campaigns.hears(
        StoreRegistered(store_id="367", time_zone=here, currency="USD"),
        StoreRegistered(store_id="8", time_zone=there, currency="NZD"),
    )
    at = till(campaigns)
    assert at.quote(ANN)["discount_minor"] == 0
    assert at.quote(ANN, store="8", currency=None)["discount_minor"] == 400
    held = at.reserve("c1", ANN, store="8", currency=None)
    assert held["business_date"] == NOON.astimezone(ZoneInfo(there)).date().isoformat()
    assert at.quote(ANN, store="8", occurred_at=NOON.isoformat())["discount_minor"] == 0, "the till's word goes first"


def test_a_dry_run_tries_drafts(fifth: Campaigns) -> None:
    id_ = fifth.drafted(code="half", segment=None, offer={"kind": "percent", "percent": "50"}, budget={})
    at = till(fifth)
    assert at.quote(ANN)["discount_minor"] == 400
    assert at.quote(ANN, dry_run=True, drafts=[str(id_)])["discount_minor"] == 1000


def test_a_stopped_campaign_gives_nothing_any_more(fifth: Campaigns) -> None:
    at = till(fifth)
    assert at.quote(ANN)["discount_minor"] == 400
    [(id_,)] = fifth.rows("select campaign_id from campaigns")
    fifth.by("marketer", "ann").post(f"/campaigns/{id_}/stop", json={"reason": "enough"}).raise_for_status()
    assert at.quote(ANN)["effects"] == []


def test_shares_of_a_joint_promotion_follow_the_discount(campaigns: Campaigns) -> None:
    campaigns.running(
        code="fifth", segment=None, message=None, hold_out_percent=0, budget={"uses": 5, "currency": "USD"}
    )
    # As if it were joint, without its parties: how they agree and claim is another test's.
    joint = '{"claim_party": "cafe", "redeem_party": "us", "shares": {"cafe": "33.33", "us": "66.67"}}'
    campaigns.rows(
        "update campaigns set definition = jsonb_set(definition, '{joint}', %(joint)s::jsonb) returning code",
        joint=joint,
    )
    assert [no["code"] for no in till(campaigns).quote(ANN)["why_not"]] == ["other_party_redeems"]
    campaigns.rows("""
        insert into parties (code, version, name, category, ours, latitude, longitude, store_ids, store_latitudes,
                             store_longitudes)
        values ('us', 1, 'us', 'food', true, 0, 0, '{367}', '{0}', '{0}') returning code""")
    campaigns.rows(
        """
        insert into claims (claim_id, campaign_id, party, customer_id, campaign_version, claimed_at)
        select gen_random_uuid(), campaign_id, 'cafe', %(ann)s, 1, now() from campaigns returning claim_id""",
        ann=ANN,
    )
    till(campaigns).reserve("c1", ANN)
    returned_at = NOON + timedelta(days=40)
    campaigns.hears(
        document("c1", ANN, RECEIPT), returned(ANN, RECEIPT, {1: (1, 1000)}, version=2, returned_at=returned_at)
    )
    given, back = campaigns.told(FundingShared)
    assert {share.party: share.amount_minor for share in given.shares} == {"cafe": 133, "us": 267}
    assert {share.party: share.amount_minor for share in back.shares} == {"cafe": 67, "us": 133}
    assert (given.redemption_version, back.redemption_version) == (1, 2)
    assert (given.redeemed_by, back.business_date) == ("us", returned_at.date())
    assert Decimal(133 + 267) == given.discount_minor
