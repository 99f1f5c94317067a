"""Many tills at once on real PostgreSQL: nothing is given twice, and the losers hear why."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from shared.kernel import failpoints
from shared.kernel.ids import derived_id
from tests.support.checkouts import document, till
from tests.support.sales import member, receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.integration.campaigns.conftest import Campaigns

TILLS = 200
THREADS = 40


@pytest.fixture
def no_failpoints() -> Iterator[None]:
    yield
    failpoints.plan("")


def at_once(work: Sequence[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(THREADS) as threads:
        return [done.result() for done in [threads.submit(one) for one in work]]


def everybody(campaigns: Campaigns, code: str, **more: Any) -> None:
    campaigns.running(**{"code": code, "segment": None, "message": None, "hold_out_percent": 0} | more)


def codes(answer: dict[str, Any]) -> set[str]:
    return {no["code"] for no in answer["why_not"]}


def test_two_hundred_tills_ask_for_the_last_ten_uses(campaigns: Campaigns) -> None:
    everybody(campaigns, "fifth", budget={"uses": 300, "currency": "USD"})
    everybody(campaigns, "tenth", offer={"kind": "percent", "percent": "10"}, budget={})
    at = till(campaigns)
    for n in range(290):
        at.reserve(f"before {n}", member(n))
    answers = at_once([partial(at.reserve, f"race {n}", member(1000 + n)) for n in range(TILLS)])
    won = [answer for answer in answers if answer["discount_minor"] == 400]
    lost = [answer for answer in answers if answer["discount_minor"] == 200]
    assert (len(won), len(lost)) == (10, 190), "who loses the better offer gets the next"
    assert all("used_up" in codes(answer) for answer in lost)
    assert campaigns.rows("select uses, uses_max from budgets") == [(300, 300)]
    assert campaigns.complaints() == set()


def test_money_is_never_over_the_budget(campaigns: Campaigns) -> None:
    everybody(campaigns, "fifth", budget={"money_minor": 4_100, "currency": "USD"})
    at = till(campaigns)
    answers = at_once([partial(at.reserve, f"race {n}", member(n)) for n in range(60)])
    assert sum(answer["discount_minor"] for answer in answers) == 4_000
    assert sum("money_used_up" in codes(answer) for answer in answers) == 50
    assert campaigns.rows("select money_minor from budgets") == [(4_000,)]
    assert at.quote(member("last"), lines=[(1, "tea", 500)])["discount_minor"] == 100, "a smaller one still fits"
    assert campaigns.complaints() == set()


def test_two_campaigns_in_every_basket_do_not_wait_for_each_other_for_ever(campaigns: Campaigns) -> None:
    for code in ("a", "b", "c"):
        everybody(campaigns, code, stacking_group=code, budget={"uses": 15, "uses_per_store": 12, "currency": "USD"})
    at = till(campaigns)

    def buy(n: int) -> Any:
        held = at.reserve(f"race {n}", member(n))
        at.ends(f"race {n}", "release" if n % 3 == 0 else "confirmation").raise_for_status()
        return held

    at_once([partial(buy, n) for n in range(60)])
    taken = campaigns.rows("select distinct uses from budgets where budget like '%%.store.%%'")
    # All three apply together or not at all; what was released last may have found nobody who wanted it.
    assert len(taken) == 1
    assert 0 < taken[0][0] <= 12
    assert campaigns.complaints() == set()


def test_one_member_at_two_tills(campaigns: Campaigns) -> None:
    everybody(campaigns, "fifth", budget={"uses_per_member": 1, "currency": "USD"})
    at = till(campaigns)
    answers = at_once([partial(at.reserve, f"till {n}", member("ann")) for n in range(20)])
    assert sorted(answer["discount_minor"] for answer in answers) == [0] * 19 + [400]
    assert campaigns.complaints() == set()


def test_the_same_checkout_twenty_times_at_once(campaigns: Campaigns) -> None:
    everybody(campaigns, "fifth", budget={"uses": 5, "currency": "USD"})
    at = till(campaigns)
    answers = at_once([partial(at.reserve, "one", member("ann"))] * 20)
    assert {answer["discount_minor"] for answer in answers} == {400}
    assert campaigns.rows("select uses from budgets") == [(1,)]


def test_one_coupon_at_many_tills(campaigns: Campaigns) -> None:
    everybody(campaigns, "coupon", coupon_required=True, budget={"currency": "USD"})
    path = f"/campaigns/{derived_id('campaign', 'coupon')}/coupons"
    [issued] = campaigns.http.post(path, json={"count": 1}).raise_for_status().json()["coupons"]
    at = till(campaigns)
    answers = at_once([partial(at.reserve, f"till {n}", member(n), coupons=[issued["code"]]) for n in range(20)])
    assert sorted(answer["discount_minor"] for answer in answers) == [0] * 19 + [400]
    assert sum("coupon_used" in codes(answer) for answer in answers) == 19
    assert campaigns.complaints() == set()


def test_confirming_by_the_till_by_the_sale_and_by_time_at_once(campaigns: Campaigns) -> None:
    everybody(campaigns, "fifth", budget={"uses": 20, "currency": "USD"})
    at = till(campaigns)
    for n in range(20):
        at.reserve(f"c{n}", member(n), reserve_s=60)
    campaigns.at(campaigns.now.replace(hour=13))
    at = till(campaigns)
    sales = [document(f"c{n}", member(n), receipt(n)) for n in range(20)]
    [job] = [job for job in campaigns.service.jobs if job.name == "campaigns.expire_checkouts"]
    work: list[Callable[[], Any]] = [partial(at.ends, f"c{n}", "confirmation") for n in range(20)]
    work += [partial(job.run, campaigns.now.date()), partial(campaigns.hears, *sales)]
    at_once(work)
    assert {at.show(f"c{n}")["status"] for n in range(20)} == {"confirmed"}
    assert campaigns.rows("select uses, uses_over from budgets") == [(20, 0)]
    assert campaigns.complaints() == set()


@pytest.mark.usefixtures("no_failpoints")
def test_what_fails_before_its_commit_leaves_nothing(campaigns: Campaigns) -> None:
    everybody(campaigns, "fifth", budget={"uses": 1, "currency": "USD"})
    at = till(campaigns)
    failpoints.plan("checkout.before_commit:raise")
    assert at.asks("/checkouts", member("ann"), checkout="c1").status_code == 503
    assert campaigns.rows("select * from checkouts") == []
    assert at.reserve("c1", member("ann"))["discount_minor"] == 400
    assert campaigns.complaints() == set()
