"""The timeline: one row per fact from every service, the same however the facts come, and nothing of the erased."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.customers.read_models.timeline import hearing
from services.customers.read_models.timeline.titles import TITLES
from services.customers.read_models.timeline.views import KINDS, VIEWS
from shared.access.sightings import forget
from shared.contracts.examples import EXAMPLES
from shared.contracts.segmentation import SegmentEntered
from shared.contracts.stores import SaleAttributed, SaleReturned
from shared.database.migrate import application_role
from shared.kernel.ids import derived_id, new_id
from shared.projections.rebuild import rebuild_projection, rebuild_topic_read_model
from tests.integration.customers.conftest import ROOT
from tests.support.access import bearer
from tests.support.sales import NOON, detached, outgoing, receipt, sale
from tests.support.sales import message as message_of

if TYPE_CHECKING:
    from shared.contracts.base import IntegrationEvent
    from tests.conftest import Database
    from tests.integration.customers.conftest import Api, Topics


def told(customer_id: str) -> list[IntegrationEvent]:
    """An example of everything that a timeline hears, about one customer."""
    return [
        example.model_copy(update={"customer_id": UUID(customer_id)}) for example in EXAMPLES if example.type in VIEWS
    ]


def timeline(api: Api, customer_id: str, limit: int = 200) -> list[dict[str, Any]]:
    """All pages."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = api.get(f"/customers/{customer_id}/timeline?limit={limit}{cursor}").json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


def test_everything_that_happened_is_there_newest_first(api: Api, topics: Topics) -> None:
    customer_id = api.register(
        card="1",
        home_store="S1",
        consents=[{"purpose": "marketing", "channel": "sms", "text_version": "t1"}],
    )
    complaint_id = str(new_id())
    complaint = {"complaint_id": complaint_id, "category": "price", "text": "Too dear."}
    api.post(f"/customers/{customer_id}/complaints", complaint)
    api.post(f"/customers/{customer_id}/complaints/{complaint_id}/closing", {"outcome": "resolved"})
    events = told(customer_id)
    topics.tell(*events)
    items = timeline(api, customer_id)
    own = ["customer_registered", "identifier_linked", "consent_given", "complaint_opened", "complaint_closed"]
    # The example of an unsubscription takes a consent back as well, if it is of the same channel.
    kinds = Counter(item["kind"] for item in items if item["kind"] != "consent_withdrawn")
    assert kinds == Counter(own) + Counter(KINDS[event.type] for event in events)
    moments = [(datetime.fromisoformat(item["occurred_at"]), item["event_id"]) for item in items]
    assert moments == sorted(moments, reverse=True)
    by_kind = {item["kind"]: item for item in items}
    assert by_kind["customer_registered"]["store_id"] == "S1"
    assert by_kind["consent_given"]["details"] == {"purpose": "marketing", "channel": "sms", "text_version": "t1"}
    assert (by_kind["complaint_closed"]["about"], by_kind["complaint_closed"]["details"]) == (
        complaint_id,
        {"outcome": "resolved"},
    )
    assert by_kind["points_earned"]["points"] is not None
    assert by_kind["sale_recorded"]["amount_minor"] is not None
    assert set(by_kind["segment_entered"]["details"]) == {"segment", "reason"}
    assert set(by_kind["message_suppressed"]["details"]) >= {"template", "rule"}
    assert set(by_kind["message_sent"]["details"]) >= {"template", "channel"}
    assert by_kind["offer_redeemed"]["details"]["offer"]
    assert all(item["title"]["zh-CN"] and item["title"]["en"] for item in items)


def test_every_kind_has_a_title(api: Api) -> None:
    own = next(p for p in api.service.handler.projections if p.name == "timeline_own")
    assert set(TITLES) == set(KINDS.values()) | own.types - {"customer_erased"}


def test_pages_of_any_size_give_the_same(api: Api, topics: Topics) -> None:
    customer_id = api.register(card="1")
    who = UUID(customer_id)
    topics.tell(*[sale(who, receipt(n)) for n in range(7)], *told(customer_id))
    whole = timeline(api, customer_id)
    assert [timeline(api, customer_id, limit) for limit in (1, 2, 5)] == [whole] * 3
    assert len({item["event_id"] for item in whole}) == len(whole)


@pytest.mark.parametrize("cursor", ["x", "1", "1.x", f"{10**30}.{UUID(int=1)}", f"nan.{UUID(int=1)}", "%00"])
def test_a_wrong_cursor_is_explained(api: Api, cursor: str) -> None:
    answer = api.get(f"/customers/{api.register(card='1')}/timeline?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert "cursor" in answer.json()["detail"]


def test_a_receipt_that_moves_tells_both_members(api: Api, topics: Topics) -> None:
    first, second = (UUID(api.register(card=f"{n}")) for n in range(2))
    which = receipt("moves")
    topics.tell(
        sale(first, which),
        detached(first, which, version=2),
        sale(second, which, version=3, kind=SaleAttributed),
        sale(None, receipt("nobody's")),
    )
    facts = [[(item["kind"], item["amount_minor"]) for item in timeline(api, str(who))] for who in (first, second)]
    assert [sorted((fact for fact in each if fact[0].startswith("sale")), key=str) for each in facts] == [
        [("sale_detached", None), ("sale_recorded", 1000)],
        [("sale_attributed", 1000)],
    ]


def test_a_return_stands_when_and_with_what_it_was(api: Api, topics: Topics) -> None:
    customer_id = api.register(card="1")
    returned = next(e for e in told(customer_id) if isinstance(e, SaleReturned))
    topics.tell(returned)
    [item] = [item for item in timeline(api, customer_id) if item["kind"] == "sale_returned"]
    assert datetime.fromisoformat(item["occurred_at"]) == returned.returned_at
    assert item["amount_minor"] == returned.returned_minor


def rows(api: Api) -> list[str]:
    return sorted(map(str, api.rows("select * from timeline_heard")))


@pytest.mark.parametrize("seed", range(3))
def test_rows_are_the_same_for_any_interleaving_and_repetition(
    api: Api,
    topics: Topics,
    database: Database,
    seed: int,
) -> None:
    rng = random.Random(seed)  # noqa: S311 - a seeded shuffle
    members = [api.register(card=f"{n}") for n in range(6)]
    records = [
        outgoing(event, event_id=derived_id(id_, n)) for id_ in members for n, event in enumerate(told(id_))
    ]  # fmt: skip
    gone = members[0]
    topics.publish(records[:30])
    api.post(f"/customers/{gone}/erasure")
    topics.publish(records)
    before = rows(api)
    assert before
    assert not any(gone in row for row in before)

    shuffled = records + rng.sample(records, len(records) // 2)
    rng.shuffle(shuffled)
    with database.owner_engine("customers").begin() as connection:
        connection.exec_driver_sql("truncate timeline_heard")
    topics.publish(shuffled)
    # Offsets stand behind what came before: what was published anew is all that was applied.
    assert rows(api) == before
    report = rebuild_topic_read_model(
        database.owner_engine("customers"),
        topics.log,
        next(model for model in api.service.topic_read_models if model.name == "timeline"),
        application_role("customers"),
    )
    assert report.equal
    assert rows(api) == before


def test_the_service_s_own_facts_are_rebuilt_to_equal_rows(api: Api, database: Database) -> None:
    for n in range(4):
        customer_id = api.register(card=f"{n}", home_store="S1")
        api.post(f"/customers/{customer_id}/complaints", {**told_off(), "complaint_id": str(new_id())})
        if n % 2:
            api.post(f"/customers/{customer_id}/erasure")
    for name in ("timeline_own", "complaints"):
        projection = next(p for p in api.service.handler.projections if p.name == name)
        report = rebuild_projection(
            database.owner_engine("customers"),
            api.service.handler.store,
            projection,
            application_role("customers"),
        )
        assert report.equal, report
        assert report.tables[0].rows > 0


def told_off() -> dict[str, str]:
    return {"category": "other", "text": "No."}


def test_an_erased_member_leaves_nothing_and_nothing_comes_back(api: Api, topics: Topics) -> None:
    customer_id, neighbour = api.register(card="1"), api.register(card="2")
    for id_ in (customer_id, neighbour):
        topics.tell(*told(id_))
    api.post(f"/customers/{customer_id}/erasure")
    topics.tell(*told(customer_id))
    both = "select customer_id from timeline_own union select customer_id from timeline_heard"
    assert api.rows(both) == [(UUID(neighbour),)]
    assert timeline(api, customer_id) == []
    assert timeline(api, neighbour)


def test_an_erasure_waits_for_facts_that_are_just_being_added(api: Api) -> None:
    """The lock that keeps a batch, having looked at the erased, from adding what the erasure does not see."""
    customer_id = UUID(api.register(card="1"))
    batch = [message_of(sale(customer_id, receipt(1)), VIEWS)]
    with api.service.engine.begin() as adding:
        hearing.project(adding, {}, batch)
        with api.service.engine.connect() as erasing:
            erasing.exec_driver_sql("set lock_timeout = '50ms'")
            with pytest.raises(Exception, match="lock timeout"):
                forget(erasing, {}, {customer_id})


def test_who_is_out_of_scope_has_no_timeline(api: Api, topics: Topics) -> None:
    customer_id = api.register(card="1", home_store="S1")
    path = f"{ROOT}/customers/{customer_id}/timeline"
    outside = api.http.get(path, headers=bearer("clerk", stores=["S2"]))
    unknown = api.http.get(path.replace(customer_id, str(new_id())), headers=bearer("clerk", stores=["S2"]))
    assert (outside.status_code, outside.json()) == (404, unknown.json())
    assert api.http.get(path, headers=bearer("clerk", stores=["S1"])).status_code == 200
    topics.tell(sale(UUID(customer_id), receipt(1)))  # in store 31
    assert api.http.get(path, headers=bearer("clerk", stores=["31"])).status_code == 200
    assert api.http.get(path, headers=bearer("marketer")).status_code == 403


def test_a_reason_of_any_words_is_kept_as_it_is(api: Api, topics: Topics) -> None:
    customer_id = api.register(card="1")
    reason = 'bought "tea" \\ {茶} > 3 times, null'
    topics.tell(
        SegmentEntered(
            customer_id=UUID(customer_id),
            segment="tea",
            segment_version=1,
            membership_version=1,
            reason=reason,
            occurred_at=NOON + timedelta(days=1),
        ),
    )
    assert timeline(api, customer_id)[0]["details"] == {"segment": "tea", "reason": reason}
