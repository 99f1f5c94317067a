"""Memberships follow what members do, what they are, what day it is, and what the rules say; each change is told."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from services.segmentation.bootstrap import build
from services.segmentation.settings import SegmentationSettings
from shared.contracts.stores import SaleAttributed, SaleVoided
from shared.database.batch import fetch, run
from shared.testing.waiting import until
from tests.support.access import client as signed_in
from tests.support.locks import somebody_waits
from tests.support.purchases import bought, consent, registered, returned
from tests.support.sales import NOON, detached, erased, member, message, receipt, sale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from shared.contracts.base import IntegrationEvent
    from shared.runtime.service import Service
    from tests.conftest import Database

BASE = "/api/segmentation/v1"
TODAY = date(2026, 3, 31)
TEA: dict[str, Any] = {
    "kind": "purchases",
    "measure": "amount",
    "window_days": 30,
    "categories": ["tea"],
    "min": 1_000,
}
MAIL: dict[str, Any] = {"kind": "consent", "purpose": "marketing", "channel": "email"}


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def hear(service: Service, *events: IntegrationEvent) -> None:
    """Each by the consumer that it is for, a batch per consumer."""
    for consumer in service.consumers[:2]:
        batch = [message(event, consumer.views) for event in events if event.type in consumer.views]
        if batch:
            with service.engine.begin() as connection:
                consumer.handle(connection, batch, lock=False)


def define(service: Service, code: str, rule: dict[str, Any], *, compute: bool = True) -> None:
    with signed_in(service) as client:
        answer = client.post(f"{BASE}/segments", json={"code": code, "name": code, "rule": rule})
    assert answer.status_code == 201, answer.text
    if compute:
        service.jobs[1].run(TODAY)


def inside(service: Service, who: UUID) -> set[str]:
    with service.engine.begin() as connection:
        rows = fetch(connection, "select segment from memberships where customer_id = %(w)s and inside", {"w": who})
    return {segment for (segment,) in rows}


def told(service: Service) -> list[tuple[str, str, int, str]]:
    """What lies in the outbox about memberships: entered or left, segment, membership version, reason."""
    with service.engine.begin() as connection:
        rows = fetch(
            connection,
            "select headers, body from outbox where topic = 'segmentation.memberships.v1' order by id",
        )
    bodies = [(orjson.loads(headers)["ce_type"], orjson.loads(body)) for headers, body in rows]
    return [
        (
            type_.removeprefix("segmentation.segment_").removesuffix(".v1"),
            b["segment"],
            b["membership_version"],
            b["reason"],
        )
        for type_, b in bodies
    ]


def rows(service: Service) -> list[tuple[Any, ...]]:
    with service.engine.begin() as connection:
        return fetch(connection, "select * from memberships order by 1, 2")


@pytest.fixture
def tomorrow(database: Database) -> Iterator[Any]:
    """The same service on other days."""
    built: list[Service] = []

    def at(days: int) -> Service:
        moment = datetime(2026, 3, 31, 12, tzinfo=UTC) + timedelta(days=days)
        built.append(build(database.settings(SegmentationSettings, business_time=moment)))
        return built[-1]

    yield at
    for service in built:
        service.engine.dispose()


def test_a_first_sale_makes_a_new_member_and_a_second_one_an_active_one(service: Service) -> None:
    mei = member("mei")
    hear(service, bought(mei, receipt(1), [("p", "tea", 500)], day=ago(3)))
    assert inside(service, mei) == {"lifecycle.new"}
    hear(service, bought(mei, receipt(2), [("p", "tea", 500)], day=ago(1)))
    assert inside(service, mei) == {"lifecycle.active"}
    assert told(service) == [
        ("entered", "lifecycle.new", 1, "first purchase 3 days ago, new up to 30"),
        ("left", "lifecycle.new", 2, "last purchase 1 days ago, cooling from 45"),
        ("entered", "lifecycle.active", 1, "last purchase 1 days ago, cooling from 45"),
    ]


def test_an_old_sale_that_comes_late_and_one_that_is_heard_twice_change_nothing(service: Service) -> None:
    mei = member("mei")
    first = bought(mei, receipt(1), [("p", "tea", 500)], day=ago(3))
    hear(service, first, bought(mei, receipt(2), [("p", "tea", 500)], day=ago(2)))
    before = (rows(service), told(service))
    hear(service, bought(mei, receipt(3), [("p", "tea", 500)], day=ago(100)))
    hear(service, first, first)
    assert (rows(service), told(service)) == before


def test_a_rule_is_met_by_a_sale_and_left_by_its_return(service: Service) -> None:
    mei = member("mei")
    define(service, "tea-lovers", TEA)
    hear(service, bought(mei, receipt(1), [("p1", "tea", 800), ("p2", "bread", 900)], day=ago(3)))
    assert "tea-lovers" not in inside(service, mei)
    hear(service, bought(mei, receipt(2), [("p1", "tea", 300)], day=ago(2)))
    assert "tea-lovers" in inside(service, mei)
    hear(service, returned(mei, receipt(1), {2: 900}, version=2, net=800, day=ago(3)))
    assert "tea-lovers" in inside(service, mei), "bread came back, tea did not"
    hear(service, returned(mei, receipt(1), {1: 200}, version=3, net=600, day=ago(3)))
    assert "tea-lovers" not in inside(service, mei)
    assert [change for change in told(service) if change[1] == "tea-lovers"] == [
        ("entered", "tea-lovers", 1, "1100 minor units in 30 days, categories tea (asked for: 1000 or more)"),
        ("left", "tea-lovers", 2, "900 minor units in 30 days, categories tea (asked for: 1000 or more)"),
    ]


def test_a_return_that_is_heard_before_its_sale_counts_all_the_same(service: Service) -> None:
    mei = member("mei")
    define(service, "tea-lovers", TEA)
    hear(service, returned(mei, receipt(1), {1: 600}, version=2, net=900, day=ago(3)))
    hear(service, bought(mei, receipt(1), [("p1", "tea", 1_500)], day=ago(3)))
    assert "tea-lovers" not in inside(service, mei)
    hear(service, bought(mei, receipt(2), [("p1", "tea", 100)], day=ago(3)))
    assert "tea-lovers" in inside(service, mei)


@pytest.mark.parametrize("how", ["voided", "detached"])
def test_a_receipt_that_is_gone_takes_its_memberships_along(service: Service, how: str) -> None:
    mei, lan = member("mei"), member("lan")
    define(service, "tea-lovers", TEA)
    hear(service, bought(mei, receipt(1), [("p1", "tea", 1_500)], day=ago(3)))
    assert inside(service, mei) == {"lifecycle.new", "tea-lovers"}
    if how == "voided":
        hear(service, sale(mei, receipt(1), version=2, net=0, day=ago(3), standing="voided", kind=SaleVoided))
        assert inside(service, mei) == set()
        return
    moved = bought(lan, receipt(1), [("p1", "tea", 1_500)], day=ago(3), version=3, kind=SaleAttributed)
    hear(service, detached(mei, receipt(1), version=2), moved)
    assert (inside(service, mei), inside(service, lan)) == (set(), {"lifecycle.new", "tea-lovers"})


def test_who_she_is_counts_as_soon_as_it_is_heard(service: Service) -> None:
    mei = member("mei")
    define(service, "mail", {"kind": "all", "of": [MAIL, {"kind": "home_store", "in": ["367"]}]})
    define(service, "long-standing", {"kind": "registered", "min": 300})
    hear(service, consent(mei, given=True))
    assert inside(service, mei) == set()
    hear(service, registered(mei, day=ago(300), store="367"))
    assert inside(service, mei) == {"mail", "long-standing"}
    hear(service, consent(mei, given=False, at=NOON + timedelta(days=1)))
    assert inside(service, mei) == {"long-standing"}
    hear(service, consent(mei, given=True, at=NOON - timedelta(days=1)))
    assert inside(service, mei) == {"long-standing"}, "an older consent is heard late"


def test_a_rule_may_hold_for_whoever_is_hardly_known(service: Service) -> None:
    mei = member("mei")
    define(service, "no-mail", {"kind": "not", "of": MAIL})
    hear(service, bought(mei, receipt(1), [("p1", "tea", 1)], day=ago(3)))
    assert inside(service, mei) == {"no-mail", "lifecycle.new"}


def test_classes_come_with_scores_and_follow_sales(service: Service) -> None:
    for n in range(1, 6):
        hear(service, *[bought(member(n), receipt((n, i)), [("p", None, 100)], day=ago(30 - n)) for i in range(n)])
    service.jobs[0].run(TODAY)
    assert {n: [s for s in inside(service, member(n)) if s.startswith("rfm")] for n in (1, 5)} == {
        1: ["rfm.dormant"],
        5: ["rfm.champions"],
    }
    before = len(told(service))
    hear(service, *[bought(member(1), receipt(("more", i)), [("p", None, 500)], day=ago(1)) for i in range(9)])
    assert inside(service, member(1)) == {"rfm.champions", "lifecycle.active"}
    assert ("left", "rfm.dormant", 2) in [change[:3] for change in told(service)[before:]]


def test_time_passes_and_only_what_changes_is_written(service: Service, tomorrow: Any) -> None:
    mei, lan = member("mei"), member("lan")
    define(service, "tea-lovers", TEA)
    hear(service, *[bought(mei, receipt(n), [("p1", "tea", 1_500)], day=ago(20 + n)) for n in range(2)])
    hear(service, *[bought(lan, receipt((2, n)), [("p1", "tea", 1)], day=ago(0)) for n in range(2)])
    service.jobs[0].run(TODAY)
    assert inside(service, mei) > {"lifecycle.active", "tea-lovers"}
    before, said = {row[:2]: row for row in rows(service)}, len(told(service))
    later = tomorrow(25)
    later.jobs[0].run(TODAY + timedelta(days=25))
    assert inside(service, mei) > {"lifecycle.cooling"}
    assert "tea-lovers" not in inside(service, mei)
    after = {row[:2]: row for row in rows(service)}
    changed = {key for key, row in after.items() if before.get(key) != row}
    assert changed == {(mei, "lifecycle.active"), (mei, "lifecycle.cooling"), (mei, "tea-lovers")}
    assert told(service)[said:] == [
        ("left", "lifecycle.active", 2, "last purchase 45 days ago, cooling from 45"),
        ("entered", "lifecycle.cooling", 1, "last purchase 45 days ago, cooling from 45"),
        ("left", "tea-lovers", 2, "0 minor units in 30 days, categories tea (asked for: 1000 or more)"),
    ]
    later.jobs[0].run(TODAY + timedelta(days=25))
    assert {row[:2]: row for row in rows(service)} == after
    much_later = tomorrow(200)
    much_later.jobs[0].run(TODAY + timedelta(days=200))
    assert "lifecycle.lost" in inside(service, mei)
    hear(much_later, bought(mei, receipt("back"), [("p1", "tea", 1)], day=TODAY + timedelta(days=200)))
    assert "lifecycle.back" in inside(service, mei)


def test_a_new_rule_is_tried_on_everybody_page_by_page(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.segmentation.application.membership_pages.MEMBERS_PER_TRANSACTION", 3)
    for n in range(10):
        hear(service, bought(member(n), receipt(n), [("p1", "tea", 200 * n)], day=ago(3)))
    define(service, "tea-lovers", TEA, compute=False)
    assert computation(service, "tea-lovers") == {"finished": False, "evaluated": 0, "population": 10}
    service.jobs[1].run(TODAY)
    assert computation(service, "tea-lovers") == {"finished": True, "evaluated": 10, "population": 10}
    assert {n for n in range(10) if "tea-lovers" in inside(service, member(n))} == {5, 6, 7, 8, 9}
    define(service, "tea-lovers", TEA | {"min": 1_600})
    assert {n for n in range(10) if "tea-lovers" in inside(service, member(n))} == {8, 9}
    assert computation(service, "tea-lovers") == {"finished": True, "evaluated": 10, "population": 10}
    left = [change for change in told(service) if change[:2] == ("left", "tea-lovers")]
    assert min(reason for *_, reason in left).startswith("1000 minor units in 30 days")
    assert len(left) == 3


def computation(service: Service, code: str) -> Any:
    with signed_in(service) as client:
        return client.get(f"{BASE}/segments/{code}").json()["computation"]


def test_a_sale_is_judged_by_a_new_rule_before_it_is_computed(service: Service) -> None:
    define(service, "tea-lovers", TEA, compute=False)
    hear(service, bought(member(1), receipt(1), [("p1", "tea", 1_500)], day=ago(3)))
    assert "tea-lovers" in inside(service, member(1))
    before = rows(service)
    service.jobs[1].run(TODAY)
    assert rows(service) == before


def test_a_rule_that_changes_while_a_sale_is_judged_is_not_missed(service: Service) -> None:
    """The sale was judged by the old rule and is not committed: the new rule's computation waits for it."""
    mei = member("mei")
    define(service, "tea-lovers", TEA)
    hear(service, bought(mei, receipt(1), [("p1", "tea", 100)], day=ago(3)))
    consumer = service.consumers[0]
    with service.engine.begin() as batch:
        late = bought(mei, receipt(2), [("p1", "tea", 500)], day=ago(3))
        consumer.handle(batch, [message(late, consumer.views)], lock=False)
        define(service, "tea-lovers", TEA | {"min": 600}, compute=False)
        computing = threading.Thread(target=service.jobs[1].run, args=(TODAY,))
        computing.start()
        until(lambda: somebody_waits(service.engine), what="the computation waits for the sale")
    computing.join()
    assert "tea-lovers" in inside(service, mei)


def test_an_interrupted_computation_goes_on_where_it_was(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.segmentation.application.membership_pages.MEMBERS_PER_TRANSACTION", 3)
    for n in range(8):
        hear(service, bought(member(n), receipt(n), [("p1", "tea", 1_500)], day=ago(3)))
    define(service, "tea-lovers", TEA, compute=False)
    with service.engine.begin() as connection:
        first = fetch(connection, "select customer_id from members order by 1 limit 3")
        run(
            connection,
            "insert into segment_computations values ('tea-lovers', 1, %(through)s, 3, false)",
            {"through": first[-1][0]},
        )
    service.jobs[1].run(TODAY)
    assert computation(service, "tea-lovers") == {"finished": True, "evaluated": 8, "population": 8}
    found = {n for n in range(8) if "tea-lovers" in inside(service, member(n))}
    assert len(found) == 5, "the first three had been looked at before"


def test_the_erased_leave_without_a_trace_and_stay_away(service: Service) -> None:
    mei, lan = member("mei"), member("lan")
    define(service, "tea-lovers", TEA)
    hear(service, registered(mei), consent(mei, given=True), consent(lan, given=True))
    hear(service, *[bought(who, receipt(who), [("p1", "tea", 1_500)], day=ago(3)) for who in (mei, lan)])
    service.jobs[0].run(TODAY)
    hear(service, erased(mei))
    everything = ("members", "memberships", "member_profiles", "member_consents", "purchases", "member_facts")
    hear(service, bought(mei, receipt("late"), [("p1", "tea", 1_500)], day=ago(2)), consent(mei, given=True))
    service.jobs[0].run(TODAY)
    service.jobs[1].run(TODAY)
    with service.engine.begin() as connection:
        for table in everything:
            assert fetch(connection, f"select 1 from {table} where customer_id = %(w)s", {"w": mei}) == [], table
        assert fetch(connection, "select count(*) from members") == [(1,)]
    assert ("left", "tea-lovers", 2, "erased") in told(service)


def test_each_change_is_told_under_an_id_of_its_own(service: Service) -> None:
    mei = member("mei")
    define(service, "tea-lovers", TEA)
    for version, back in enumerate((500, 0, 500, 0), start=2):
        items = [("p1", "tea", 1_200)]
        came_back = {1: back} if back else {}
        hear(service, bought(mei, receipt(1), items, day=ago(3), version=version, came_back=came_back))
    changes = [change[:3] for change in told(service) if change[1] == "tea-lovers"]
    assert changes == [("entered", "tea-lovers", 1), ("left", "tea-lovers", 2), ("entered", "tea-lovers", 3)]
    with service.engine.begin() as connection:
        ids, different = fetch(connection, "select count(event_id), count(distinct event_id) from outbox")[0]
    assert ids == different
