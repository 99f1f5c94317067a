"""Finding the member at the counter by what is typed, and naming those of a list."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.customers.adapters import vault_search
from services.customers.application import searches
from services.customers.bootstrap import WRONG_IDENTIFIERS_MAX
from shared.kernel.ids import new_id
from tests.integration.customers.conftest import ROOT
from tests.integration.customers.test_birthdays import as_before
from tests.support.access import bearer
from tests.support.sales import sale

if TYPE_CHECKING:
    from shared.contracts.base import IntegrationEvent
    from tests.integration.customers.conftest import Api, Topics


def bought(customer_id: str, at: str, store: str) -> IntegrationEvent:
    changed = {"occurred_at": datetime.fromisoformat(at), "store_id": store}
    return sale(UUID(customer_id), new_id()).model_copy(update=changed)


def search(api: Api, text: str, *, who: dict[str, str] | None = None, **more: object) -> dict[str, Any]:
    answer = api.http.post(f"{ROOT}/searches", json={"text": text} | more, headers=who)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


def found(api: Api, text: str, *, who: dict[str, str] | None = None, **more: object) -> dict[str, str]:
    """Ids, in their order, and what matched."""
    return {item["customer_id"]: item["match"] for item in search(api, text, who=who, **more)["items"]}


def clerk(*stores: str) -> dict[str, str]:
    return bearer("clerk", stores=list(stores), name=f"clerk of {' '.join(stores)}")


def test_a_member_is_found_by_all_that_she_may_say(api: Api) -> None:
    zhang = api.register(name="张三丰", phone="13812345678", card="6021-0042", email="Feng@example.org")
    api.register(name="李四", phone="13912340000", card="6021-0043")
    expected = {
        "6021 0042": "card", "138-1234-5678": "phone", "+8613812345678": "phone", "feng@EXAMPLE.org": "email",
        "5678": "phone_end", "345678": "phone_end", "张三丰": "name", "张": "surname", "張三": "name",
        "三丰": "given_name", "zhangsan": "pinyin", "sanfeng": "pinyin", "ZSF": "initials",
    }  # fmt: skip
    assert {text: found(api, text) for text in expected} == {text: {zhang: kind} for text, kind in expected.items()}
    assert {text: found(api, text) for text in ("王", "李四丰", "9999", "13812345670", "6021-9999", "no@x.org")} == {
        text: {} for text in ("王", "李四丰", "9999", "13812345670", "6021-9999", "no@x.org")
    }


def test_what_is_shown_is_masked(api: Api) -> None:
    customer_id = api.register(name="张三丰", phone="13812345678", card="6021-0042", language="en")
    assert search(api, "张") == {
        "items": [
            {
                "customer_id": customer_id,
                "name": "张**",
                "identifiers": [
                    {"kind": "phone", "value": "138****5678"},
                    {"kind": "card", "value": "****42"},
                ],
                "language": "en",
                "match": "surname",
                "last_seen_at": None,
                "last_seen_store": None,
            },
        ],
        "complete": True,
    }


def test_who_was_in_the_callers_stores_last_comes_first(api: Api, topics: Topics) -> None:
    first, second, third = (api.register(name="王芳", card=str(n), home_store="S1") for n in range(3))
    topics.tell(bought(first, "2026-02-01T10:00:00+08:00", "S1"), bought(first, "2026-02-20T10:00:00+08:00", "S2"))
    topics.tell(bought(second, "2026-02-02T10:00:00+08:00", "S1"))
    assert list(found(api, "王芳", who=clerk("S1"))) == [second, first, third]
    assert list(found(api, "王芳")) == [first, second, third]
    [newest, *_] = search(api, "王芳", who=clerk("S1"))["items"]
    assert newest["last_seen_at"].startswith("2026-02-02T02:00:00")
    assert newest["last_seen_store"] == "S1"


def test_a_clerk_finds_by_name_whom_her_stores_know(api: Api, topics: Topics) -> None:
    here, there, buyer = (
        api.register(name="王芳", card=f"C{n}", home_store=s) for n, s in enumerate(("S1", "S2", "S2"))
    )
    topics.tell(bought(buyer, "2026-02-02T10:00:00+08:00", "S1"))
    assert set(found(api, "王", who=clerk("S1"))) == {here, buyer}
    assert set(found(api, "wf", who=clerk("S2"))) == {there, buyer}
    assert found(api, "王", who=clerk("S3")) == {}
    assert found(api, "王", who=bearer("hq_admin", partner="tea")) == {}
    assert api.rows("select count(*) from audit_log where action = 'member_opened'") == [(0,)]


def test_a_whole_identifier_opens_a_member_as_a_look_up_does(api: Api) -> None:
    customer_id = api.register(name="王芳", card="C1", phone="13812345678", home_store="S2")
    visitor = clerk("S1")
    assert found(api, "5678", who=visitor) == {}, "a part of a number opens nobody"
    assert api.http.get(f"{ROOT}/customers/{customer_id}", headers=visitor).status_code == 404
    assert found(api, "13812345678", who=visitor) == {customer_id: "phone"}
    assert api.http.get(f"{ROOT}/customers/{customer_id}", headers=visitor).status_code == 200
    assert found(api, "王芳", who=visitor) == {customer_id: "name"}
    assert found(api, "C1", who=visitor) == {customer_id: "card"}
    assert api.rows("select count(*) from audit_log where action = 'member_opened'") == [(2,)]
    assert api.told().count("customers.member_opened.v1") == 2, "each is told and written down, as look-ups are"


def test_who_may_not_look_up_opens_nobody(api: Api) -> None:
    customer_id = api.register(name="王芳", card="C1", home_store="S2")
    assert found(api, "C1", who=bearer("hq_admin", stores=["S1"])) == {}
    assert found(api, "C1", who=bearer("hq_admin", stores=["S2"])) == {customer_id: "card"}
    assert found(api, "C1", who=bearer("store_manager", regions=["east"])) == {}
    assert api.rows("select count(*) from audit_log where action = 'member_opened'") == [(0,)]


def test_more_than_are_shown_is_said(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [api.register(name="王芳", card=f"C{n}") for n in range(3)]
    assert search(api, "王", limit=3)["complete"]
    answer = search(api, "王", limit=2)
    assert ([item["customer_id"] for item in answer["items"]], answer["complete"]) == (
        sorted(members, reverse=True)[:2],
        False,
    )
    monkeypatch.setattr(searches, "LOOKED_AT_MAX", 2)
    answer = search(api, "王", limit=50)
    assert (len(answer["items"]), answer["complete"]) == (2, False)


@pytest.mark.parametrize("candidates", [1, 2, 20_000])
def test_a_clerk_finds_her_few_among_many_of_a_name(api: Api, monkeypatch: pytest.MonkeyPatch, candidates: int) -> None:
    monkeypatch.setattr(vault_search, "CANDIDATES_MAX", candidates)
    homes = ("S2", "S2", "S1", "S2", "S1", "S2")
    members = [api.register(name="王芳", card=f"C{n}", home_store=home) for n, home in enumerate(homes)]
    hers = {members[2], members[4]}
    answer = search(api, "王", who=clerk("S1"))
    assert ({item["customer_id"] for item in answer["items"]}, answer["complete"]) == (hers, True)
    monkeypatch.setattr(searches, "LOOKED_AT_MAX", 1)
    answer = search(api, "王", who=clerk("S1"))
    assert (len(answer["items"]), answer["complete"]) == (1, False)
    assert set(found(api, "王", who=clerk("S3"))) == set()
    assert len(found(api, "王")) == 1


def test_an_erasure_takes_every_term_along(api: Api) -> None:
    customer_id, neighbour = api.register(name="王芳", phone="13812345678"), api.register(name="王芳", card="C2")
    assert api.post(f"/customers/{customer_id}/erasure").status_code == 200
    assert found(api, "王芳") == {neighbour: "name"}
    assert found(api, "5678") == {}
    assert api.rows("select customer_id::text from search_index") == [(neighbour,)]


def test_a_linked_phone_is_found_by_its_end(api: Api) -> None:
    customer_id = api.register(name="王芳", card="C1")
    assert found(api, "5678") == {}
    link = {"kind": "phone", "value": "13812345678"}
    assert api.post(f"/customers/{customer_id}/identifiers", link).status_code == 200
    assert found(api, "5678") == {customer_id: "phone_end"}


def test_members_from_before_are_found_after_the_daily_job(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [api.register(name="王芳", card=f"C{n}") for n in range(4)]
    for customer_id in members[:3]:
        as_before(api, customer_id, monkeypatch)
    with api.service.engine.begin() as connection:
        connection.exec_driver_sql("delete from search_index")
        connection.exec_driver_sql(f"update vault_records set sealed = '\\x00' where customer_id = '{members[0]}'")
    monkeypatch.setattr("services.customers.entrypoints.scheduler.RECORDS_PER_TRANSACTION", 2)
    [job] = api.service.jobs
    for _ in range(2):
        job.run(date(2026, 3, 1))
        assert set(found(api, "wangfang")) == set(members[1:3]), "what does not open holds nobody up"


def test_what_two_terms_share_by_chance_is_not_shown(api: Api) -> None:
    wang, li = api.register(name="王芳", card="C1"), api.register(name="李四", card="C2")
    with api.service.engine.begin() as connection:
        connection.exec_driver_sql(
            f"update search_index set tokens = (select tokens from search_index where customer_id = '{wang}')"
            f" where customer_id = '{li}'",
        )
    assert found(api, "王芳") == {wang: "name"}


def test_the_table_tells_no_name(api: Api) -> None:
    first, second = api.register(name="王芳", card="C1"), api.register(name="王芳", card="C2")
    rows = dict(api.rows("select customer_id::text, tokens from search_index"))
    assert rows[first] == rows[second] == sorted(rows[first])
    assert len(set(rows[first])) == len(rows[first]) > 5


def test_whoever_tries_numbers_is_stopped(api: Api) -> None:
    customer_id = api.register(name="王芳", card="C1", phone="13812345678", home_store="S1")
    guesser, other = clerk("S1"), clerk("S2")
    for n in range(WRONG_IDENTIFIERS_MAX - 1):
        assert found(api, f"X{n}", who=guesser) == {}
    for _ in range(2):
        assert found(api, "C1", who=guesser) == {customer_id: "card"}, "what was right does not count"
    answer = api.http.post(f"{ROOT}/lookups", json={"card": "X"}, headers=guesser)
    assert answer.status_code == 404
    for path, body in (("/searches", {"text": "C1"}), ("/lookups", {"card": "C1"})):
        answer = api.http.post(ROOT + path, json=body, headers=guesser)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
        assert "try again in" in answer.json()["detail"]
    assert found(api, "王芳", who=guesser) == {customer_id: "name"}, "names are hers to look for"
    assert found(api, "C1", who=other) == {customer_id: "card"}


@pytest.mark.parametrize(
    "text",
    ["", " ", "z", "x" * 255, "王\x00芳", "\ud800", "\u200b", "wang@", None, 7, ["王"], {"a": 1}],
)
def test_what_cannot_be_meant_is_refused_by_its_field(api: Api, text: object) -> None:
    answer = api.http.post(
        f"{ROOT}/searches",
        content=json.dumps({"text": text}).encode(),
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text
    assert answer.json().get("field") == "text" or "text" in answer.json()["detail"]
    if isinstance(text, str) and len(text) > 3:
        assert text not in answer.text


@pytest.mark.parametrize(
    "name",
    [
        "🌸",
        "'; drop table customers; --",
        "{ab,cd}",
        "%_\\",
        "a" * 200,
        "王" * 200,
        "\u202eWang",
        "<script>",
        "İzmir",
    ],
)
def test_however_somebody_is_called_she_is_found_by_it(api: Api, name: str) -> None:
    customer_id = api.register(name=name, card="C1")
    if name != "%_\\":
        assert list(found(api, name)) == [customer_id]
    assert api.rows("select count(*) from search_index") == [(1,)]


def test_names_for_a_list(api: Api) -> None:
    wang = api.register(name="王芳", card="C1", home_store="S1")
    nameless = api.register(card="C2", home_store="S1", language="en")
    there, erased = (api.register(name="李四", card=f"C{n}", home_store="S2") for n in (3, 4))
    assert api.post(f"/customers/{erased}/erasure").status_code == 200
    asked = {"customer_ids": [nameless, there, erased, str(new_id()), wang, wang]}
    answer = api.post("/profiles", asked)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["items"] == [
        {"customer_id": nameless, "name": None, "language": "en"},
        {"customer_id": there, "name": "李*", "language": "zh-CN"},
        {"customer_id": wang, "name": "王*", "language": "zh-CN"},
    ]
    answer = api.http.post(f"{ROOT}/profiles", json=asked, headers=clerk("S1"))
    assert [item["customer_id"] for item in answer.json()["items"]] == [nameless, wang]


@pytest.mark.parametrize("ids", [[], ["x"], None, [None], "all"])
def test_a_list_of_nobody_is_refused(api: Api, ids: object) -> None:
    answer = api.post("/profiles", {"customer_ids": ids})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def test_a_list_of_too_many_is_refused(api: Api) -> None:
    answer = api.post("/profiles", {"customer_ids": [str(new_id()) for _ in range(101)]})
    assert answer.status_code == 422
    assert "100" in answer.json()["detail"]
