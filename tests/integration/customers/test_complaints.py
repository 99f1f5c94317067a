"""Complaints: taken once, closed once, read by whoever serves the customer, gone with the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.kernel.ids import new_id
from tests.integration.customers.conftest import ROOT
from tests.integration.customers.test_races import together
from tests.support.access import bearer

if TYPE_CHECKING:
    from tests.integration.customers.conftest import Api

SAID = "The queue was long.\nNobody came."


def complaint(**more: str) -> dict[str, str]:
    return {"complaint_id": str(new_id()), "category": "service", "store": "S1", "text": SAID} | more


def close(api: Api, customer_id: str, complaint_id: str, outcome: str) -> Any:
    return api.post(f"/customers/{customer_id}/complaints/{complaint_id}/closing", {"outcome": outcome})


def read(api: Api, customer_id: str, complaint_id: str, role: str = "service_desk", **scope: Any) -> Any:
    path = f"{ROOT}/customers/{customer_id}/complaints/{complaint_id}"
    return api.http.get(path, headers=bearer(role, **scope))


def test_a_complaint_is_told_listed_and_read(api: Api) -> None:
    customer_id = api.register(card="1")
    body = complaint()
    answer = api.post(f"/customers/{customer_id}/complaints", body, key="k")
    changed = {"customer_id": customer_id, "version": 3, "complaint_id": body["complaint_id"]}
    assert (answer.status_code, answer.json()) == (201, changed)
    assert api.told()[-1] == "customers.complaint_opened.v1"
    [item] = api.get(f"/customers/{customer_id}/complaints").json()["items"]
    assert item == {
        "complaint_id": body["complaint_id"],
        "category": "service",
        "store_id": "S1",
        "opened_at": "2026-03-01T04:00:00Z",
        "outcome": None,
        "closed_at": None,
    }
    whole = read(api, customer_id, body["complaint_id"])
    assert (whole.json()["text"], whole.headers["cache-control"]) == (SAID, "no-store")
    assert close(api, customer_id, body["complaint_id"], "resolved").json() == changed | {"version": 4}
    assert api.told()[-1] == "customers.complaint_closed.v1"
    [item] = api.get(f"/customers/{customer_id}/complaints").json()["items"]
    assert (item["outcome"], item["closed_at"]) == ("resolved", "2026-03-01T04:00:00Z")
    assert read(api, customer_id, body["complaint_id"]).json()["outcome"] == "resolved"
    assert [row[0] for row in api.rows("select action from audit_log order by number")] == [
        "complaint_opened",
        "complaint_read",
        "complaint_closed",
        "complaint_read",
    ]
    assert SAID not in str(api.rows("select details from audit_log"))


def test_the_same_complaint_again_is_once_and_another_of_its_id_is_refused(api: Api) -> None:
    customer_id = api.register(card="1")
    body = complaint()
    for _ in range(2):
        assert api.post(f"/customers/{customer_id}/complaints", body).json()["version"] == 3
    for other in ({"text": "Something else."}, {"category": "price"}, {"store": "S2"}):
        answer = api.post(f"/customers/{customer_id}/complaints", body | other)
        assert (answer.status_code, answer.json()["code"]) == (409, "complaint_exists")
    assert api.rows("select count(*) from vault_complaints") == [(1,)]
    assert api.told().count("customers.complaint_opened.v1") == 1


def test_closing_what_is_unknown_or_closed_otherwise(api: Api) -> None:
    customer_id, other = api.register(card="1"), api.register(card="2")
    body = complaint()
    api.post(f"/customers/{customer_id}/complaints", body)
    for who, which in ((customer_id, str(new_id())), (other, body["complaint_id"])):
        answer = close(api, who, which, "resolved")
        assert (answer.status_code, answer.json()["code"]) == (404, "complaint_not_found")
        assert read(api, who, which).json()["code"] == "complaint_not_found"
    assert close(api, customer_id, body["complaint_id"], "refunded").json()["version"] == 4
    assert close(api, customer_id, body["complaint_id"], "refunded").json()["version"] == 4
    answer = close(api, customer_id, body["complaint_id"], "unfounded")
    assert (answer.status_code, answer.json()["code"]) == (409, "complaint_closed")


@pytest.mark.parametrize(
    "wrong",
    [{"category": "mood"}, {"text": ""}, {"text": "a\x00b"}, {"text": "x" * 4_097}, {"complaint_id": "1"}, {"x": "1"}],
)
def test_a_wrong_complaint_is_explained_without_repeating_it(api: Api, wrong: dict[str, str]) -> None:
    customer_id = api.register(card="1")
    answer = api.post(f"/customers/{customer_id}/complaints", complaint() | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert "mood" not in answer.text
    assert api.told()[-1] == "customers.identifier_linked.v1"


def test_an_erasure_takes_complaints_and_texts_along(api: Api) -> None:
    customer_id = api.register(card="1")
    body = complaint()
    api.post(f"/customers/{customer_id}/complaints", body)
    api.post(f"/customers/{customer_id}/erasure")
    assert api.rows("select (select count(*) from vault_complaints), (select count(*) from complaints)") == [(0, 0)]
    assert api.get(f"/customers/{customer_id}/complaints").json()["items"] == []
    assert read(api, customer_id, body["complaint_id"]).status_code == 404
    assert api.post(f"/customers/{customer_id}/complaints", complaint()).json()["code"] == "customer_erased"


def test_texts_are_for_those_who_serve_the_customer_and_in_their_scope(api: Api) -> None:
    customer_id = api.register(card="1", home_store="S1")
    body = complaint()
    api.post(f"/customers/{customer_id}/complaints", body)
    for role, scope in (("clerk", {"stores": ["S1"]}), ("store_manager", {"stores": ["S1"]}), ("service_desk", {})):
        assert read(api, customer_id, body["complaint_id"], role, **scope).json()["text"] == SAID, role
    for role in ("operator", "hq_admin", "auditor", "marketer", "service"):
        assert read(api, customer_id, body["complaint_id"], role).json()["code"] == "permission_denied", role
    outside = bearer("clerk", stores=["S2"])
    customer = f"{ROOT}/customers/{customer_id}/complaints"
    for answer in (
        api.http.get(customer, headers=outside),
        api.http.post(customer, json=complaint(), headers=outside),
        api.http.get(f"{customer}/{body['complaint_id']}", headers=outside),
        api.http.post(f"{customer}/{body['complaint_id']}/closing", json={"outcome": "resolved"}, headers=outside),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "customer_not_found")
    answer = api.http.post(customer, json=complaint(store="S2"), headers=bearer("clerk", stores=["S1"]))
    assert (answer.status_code, answer.json()["field"]) == (422, "store")


def test_of_many_who_open_and_close_at_once_one_does(api: Api) -> None:
    for n in range(10):
        customer_id, body = api.register(card=f"{n}"), complaint()
        opened = together(
            *[lambda c=customer_id, b=body: api.post(f"/customers/{c}/complaints", b) for _ in range(3)],
            lambda c=customer_id, b=body: api.post(f"/customers/{c}/complaints", b | {"text": "Other words."}),
        )
        assert sorted(a.status_code for a in opened) in ([201, 201, 201, 409], [201, 409, 409, 409])
        closed = together(
            *[
                lambda c=customer_id, b=body, o=outcome: close(api, c, b["complaint_id"], o)
                for outcome in ("refunded", "refunded", "unfounded")
            ],
        )
        assert sorted(a.status_code for a in closed) in ([200, 200, 409], [200, 409, 409])
    assert api.rows("select type, count(*) from events where type like 'complaint%' group by 1 order by 1") == [
        ("complaint_closed", 10),
        ("complaint_opened", 10),
    ]


def test_a_complaint_meets_an_erasure_and_nothing_is_left_behind(api: Api) -> None:
    for n in range(10):
        customer = f"/customers/{api.register(card=f'{n}')}"
        erased, opened = together(
            lambda c=customer: api.post(f"{c}/erasure"),
            lambda c=customer: api.post(f"{c}/complaints", complaint()),
        )
        assert erased.status_code == 200
        assert opened.status_code == 201 or opened.json()["code"] == "customer_erased"
    for table in ("vault_complaints", "complaints", "timeline_own"):
        assert api.rows(f"select count(*) from {table}") == [(0,)]
