"""Claimed at one party, redeemed at the other: whose it is, and how the discount is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.campaigns.read_models.agreements.query import claimed
from services.campaigns.read_models.parties.query import party_at
from shared.contracts.campaigns import FundingShared
from tests.integration.campaigns.conftest import BOOKS, TEA, US, gone
from tests.integration.campaigns.street import (
    ANNE,
    BEN,
    at_once,
    claim,
    partner,
    ready,
    running,
)
from tests.support.checkouts import till

if TYPE_CHECKING:
    from tests.integration.campaigns.conftest import Campaigns

CODE = "7ZK4-9QXM-2B8D-HV3C"


def test_who_claims_here_may_redeem_there(street: Campaigns) -> None:
    id_ = running(street)
    made = claim(street, id_, customer_id=str(ANNE), store="367")
    assert made.status_code == 201
    assert (made.json()["party"], made.json()["redeem_party"]) == (US, TEA)
    assert claim(street, id_, customer_id=str(ANNE), store="367").json() == made.json()
    with street.service.engine.connect() as connection:
        assert claimed(connection, customer_id=ANNE) == {id_}
        assert claimed(connection, customer_id=BEN) == frozenset()
        assert claimed(connection) == claimed(connection, coupons=["0" * 64]) == frozenset()
        assert (party_at(connection, "T1"), party_at(connection, "nowhere")) == (TEA, None)


def test_a_claim_without_a_member_goes_with_the_coupon(street: Campaigns) -> None:
    id_ = running(street, coupon_required=True)
    issued = street.http.post(f"/campaigns/{id_}/coupons", json={"count": 2}).raise_for_status().json()["coupons"]
    mine, other = (coupon["code"] for coupon in issued)
    at_tea = {"store": "T1", "coupons": [mine]}
    assert [no["code"] for no in till(street).quote(None, **at_tea)["why_not"]] == ["not_claimed"]
    assert claim(street, id_, coupon=mine.lower(), store="367").status_code == 201
    assert till(street).quote(None, **at_tea)["discount_minor"] == 400
    assert till(street).quote(None, store="T1", coupons=[other])["discount_minor"] == 0
    assert street.rows("select count(*) from events where data::text like %(code)s", code=f"%{mine[:9]}%") == [(0,)]
    unknown = claim(street, id_, coupon=CODE, store="367")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "coupon_unknown")
    assert CODE not in unknown.text


def test_the_whole_way_from_the_claim_to_the_shares(street: Campaigns) -> None:
    id_ = running(street)
    claim(street, id_, customer_id=str(ANNE), store="367").raise_for_status()
    at = till(street)
    assert [no["code"] for no in at.quote(ANNE, store="367")["why_not"]] == ["other_party_redeems"]
    assert [no["code"] for no in at.quote(BEN, store="T1")["why_not"]] == ["not_claimed"]
    assert at.reserve("joint", ANNE, store="T1")["discount_minor"] == 400
    at.ends("joint", "confirmation").raise_for_status()
    [told] = street.told(FundingShared)
    assert (told.redeemed_by, told.store_id, told.discount_minor) == (TEA, "T1", 400)
    assert {share.party: share.amount_minor for share in told.shares} == {US: 133, TEA: 267}
    assert street.complaints() == set()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"store": "367"}, 422, "invalid_input"),
        ({"customer_id": str(ANNE)}, 422, "invalid_input"),
        ({"customer_id": str(ANNE), "store": "367", "party": US}, 422, "invalid_input"),
        ({"customer_id": str(ANNE), "coupon": CODE, "store": "367"}, 422, "invalid_input"),
        ({"coupon": "guess", "store": "367"}, 422, "invalid_input"),
        ({"customer_id": str(ANNE), "store": "12"}, 404, "store_without_party"),
        ({"customer_id": str(ANNE), "store": "T1"}, 404, "store_without_party"),
        ({"customer_id": str(ANNE), "party": US}, 403, "permission_denied"),
    ],
)
def test_a_till_claims_at_its_own_store_only(street: Campaigns, body: dict[str, Any], status: int, code: str) -> None:
    refused = claim(street, running(street), **body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert street.rows("select count(*) from claims") == [(0,)]


def test_claims_are_given_out_by_the_claim_party_while_it_runs(street: Campaigns) -> None:
    id_ = running(street)
    elsewhere = claim(street, id_, by=partner(street), customer_id=str(ANNE), party=TEA)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "not_the_claim_party")
    assert claim(street, id_, by=partner(street), customer_id=str(ANNE), party=US).status_code == 403
    assert (
        claim(street, id_, by=partner(street, "eve", of=BOOKS), customer_id=str(ANNE), party=BOOKS).status_code == 404
    )
    stopped = partner(street).post(f"/campaigns/{id_}/stop", json={"reason": "we close for holidays"})
    assert stopped.json()["status"] == "ended", "either party may stop it"
    over = claim(street, id_, customer_id=str(ANNE), store="367")
    assert (over.status_code, over.json()["code"]) == (409, "campaign_not_running")


def test_one_member_claims_at_many_tills_in_one_moment(street: Campaigns) -> None:
    id_ = running(street)
    tills = ready(*[street.by("till", f"till {n}", stores=["367"], device=f"367/{n}") for n in range(4)])
    answers = at_once(*[lambda c=c: claim(street, id_, by=c, customer_id=str(ANNE), store="367") for c in tills])  # type: ignore[misc]
    assert {answer.status_code for answer in answers} == {201}
    assert street.rows("select count(*) from claims") == [(1,)]


def test_nothing_is_claimed_for_the_erased(street: Campaigns) -> None:
    id_ = running(street)
    claim(street, id_, customer_id=str(ANNE), store="367").raise_for_status()
    street.hears(gone(ANNE), gone(BEN))
    assert street.rows("select count(*) from claims") == [(0,)]
    refused = claim(street, id_, customer_id=str(BEN), store="367")
    assert (refused.status_code, refused.json()["code"]) == (409, "member_erased")
    assert street.rows("select count(*) from events where type = 'offer_claimed'") == [(1,)]
