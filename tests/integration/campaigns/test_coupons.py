"""Coupons: issued once, typed by people, bound to members, good once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.contracts.customers import CustomerErased
from shared.database.batch import fetch, run
from shared.kernel.ids import derived_id
from shared.projections.erased import remember_erased
from shared.testing.waiting import until
from tests.support.checkouts import till
from tests.support.sales import NOON, member

if TYPE_CHECKING:
    from tests.integration.campaigns.conftest import Campaigns

ANN, BOB = member("ann"), member("bob")
PATH = f"/campaigns/{derived_id('campaign', 'coupon')}/coupons"


def wanting(campaigns: Campaigns, **more: Any) -> UUID:
    return campaigns.running(
        **{
            "code": "coupon",
            "segment": None,
            "message": None,
            "hold_out_percent": 0,
            "coupon_required": True,
            "budget": {"currency": "USD"},
        }
        | more,
    )


def issued(campaigns: Campaigns, **body: Any) -> list[str]:
    answer = campaigns.http.post(PATH, json=body).raise_for_status().json()
    return [coupon["code"] for coupon in answer["coupons"]]


def codes(answer: dict[str, Any]) -> list[str]:
    return [no["code"] for no in answer["why_not"]]


def test_a_coupon_is_good_once(campaigns: Campaigns) -> None:
    wanting(campaigns)
    first, second = issued(campaigns, count=2)
    at = till(campaigns)
    assert codes(at.quote(None)) == ["coupon_needed"]
    typed = first.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert at.quote(None, coupons=[typed])["discount_minor"] == 400
    assert at.reserve("c1", None, coupons=[first])["discount_minor"] == 400
    assert at.reserve("c2", None, coupons=[first])["discount_minor"] == 0
    assert codes(at.quote(None, coupons=[first])) == ["coupon_used", "coupon_needed"]
    assert at.quote(None, coupons=[first, second])["discount_minor"] == 400
    at.ends("c1", "release")
    assert at.quote(None, coupons=[first])["discount_minor"] == 400, "given back with the checkout"
    assert campaigns.complaints() == set()


def test_a_bound_coupon_needs_no_typing_and_helps_nobody_else(campaigns: Campaigns) -> None:
    wanting(campaigns)
    [code] = issued(campaigns, customer_ids=[str(ANN)])
    at = till(campaigns)
    assert at.quote(ANN)["discount_minor"] == 400
    assert codes(at.quote(BOB)) == ["coupon_needed"]
    assert codes(at.quote(BOB, coupons=[code])) == ["coupon_of_another", "coupon_needed"]
    assert at.reserve("c1", ANN)["discount_minor"] == 400
    assert at.quote(ANN)["discount_minor"] == 0


def test_codes_are_shown_once_and_kept_nowhere(campaigns: Campaigns) -> None:
    wanting(campaigns)
    key = {"Idempotency-Key": "batch 1"}
    first = campaigns.http.post(PATH, json={"count": 3}, headers=key).raise_for_status().json()
    again = campaigns.http.post(PATH, json={"count": 3}, headers=key)
    assert (again.status_code, again.json()["code"]) == (409, "coupons_shown_once")
    assert campaigns.rows("select count(*) from coupons") == [(3,)]
    for coupon in first["coupons"]:
        plain = coupon["code"].replace("-", "")
        for table in ("coupons", "events", "stream_state", "idempotency_keys", "outbox", "audit_log"):
            found = campaigns.rows(
                f"select count(*) from {table} t where t::text like any(array[%(c)s, %(p)s])",
                c=f"%{coupon['code']}%",
                p=f"%{plain}%",
            )
            assert found == [(0,)], table


def test_who_guesses_is_stopped(campaigns: Campaigns) -> None:
    wanting(campaigns)
    [good] = issued(campaigns, count=1)
    at = till(campaigns)
    assert codes(at.quote(None, coupons=["not a code", "0000-0000-0000-0000"]))[:2] == ["coupon_unknown"] * 2
    for _ in range(29):
        at.quote(None, coupons=["ZZZZ-ZZZZ-ZZZZ-ZZZZ"])
    answer = at.asks("/quotes", None, coupons=[good])
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert till(campaigns, role="till", stores=["367"], device="367/2").quote(None, coupons=[good])["discount_minor"]
    assert at.quote(None)["discount_minor"] == 0, "without a code she may go on"


def test_only_offers_that_ask_for_coupons_have_any(campaigns: Campaigns) -> None:
    id_ = wanting(campaigns, coupon_required=False)
    answer = campaigns.http.post(f"/campaigns/{id_}/coupons", json={"count": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "coupons_not_wanted")
    unknown = campaigns.http.post(f"/campaigns/{ANN}/coupons", json={"count": 1})
    assert unknown.json()["code"] == "campaign_not_found"
    assert campaigns.by("till", "t", stores=["367"], device="367/1").post(PATH, json={"count": 1}).status_code == 403
    for body in ({}, {"count": 1, "customer_ids": [str(ANN)]}, {"count": 10_001}, {"customer_ids": [str(ANN)] * 2}):
        assert campaigns.http.post(PATH, json=body).status_code == 422


def test_ten_thousand_at_once(campaigns: Campaigns) -> None:
    wanting(campaigns)
    made = issued(campaigns, count=10_000)
    assert len(set(made)) == 10_000
    assert campaigns.rows("select count(*), count(distinct coupon) from coupons") == [(10_000, 10_000)]
    assert till(campaigns).quote(None, coupons=[made[-1]])["discount_minor"] == 400


def test_who_was_erased_has_no_coupon(campaigns: Campaigns) -> None:
    wanting(campaigns)
    [code] = issued(campaigns, customer_ids=[str(ANN)])
    campaigns.hears(CustomerErased(customer_id=ANN, occurred_at=NOON))
    assert campaigns.rows("select * from coupons") == []
    assert codes(till(campaigns).quote(ANN, coupons=[code])) == ["coupon_unknown", "coupon_needed"]
    refused = campaigns.http.post(PATH, json={"customer_ids": [str(BOB), str(ANN)]})
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
        409,
        "member_erased",
        "customer_ids",
    )
    assert str(ANN) in refused.json()["detail"]
    assert campaigns.rows("select * from coupons") == [], "for nobody else of the request either"


def test_whoever_works_for_a_part_of_the_chain_issues_none_for_all_of_it(campaigns: Campaigns) -> None:
    wanting(campaigns)
    assert campaigns.by("marketer", "ann", stores=["367"]).post(PATH, json={"count": 1}).status_code == 403
    assert campaigns.by("marketer", "ann").post(PATH, json={"count": 1}).status_code == 201


def test_an_erasure_that_has_begun_leaves_no_coupon_behind(campaigns: Campaigns) -> None:
    wanting(campaigns)
    campaigns.http.get("/campaigns").raise_for_status()
    waiting = "select count(*) from pg_locks where not granted and relation = 'erased_customers'::regclass"
    with ThreadPoolExecutor(1) as pool:
        with campaigns.service.engine.begin() as erasing:
            remember_erased(erasing, [ANN])
            run(erasing, "delete from coupons where customer_id = %(ann)s", {"ann": ANN})
            answer = pool.submit(campaigns.http.post, PATH, json={"customer_ids": [str(ANN)]})
            until(lambda: answer.done() or fetch(erasing, waiting) == [(1,)])
        assert answer.result().json()["code"] == "member_erased"
    assert campaigns.rows("select count(*) from coupons") == [(0,)]
