from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from shared.identity.keys import load_key
from shared.identity.tokens import member_token
from shared.kernel.ids import new_id

if TYPE_CHECKING:
    from tests.integration.customers.conftest import Api


def test_registering_tells_everything_keyed_by_the_customer(api: Api) -> None:
    customer_id = str(new_id())
    answer = api.post(
        "/customers",
        {
            "customer_id": customer_id,
            "phone": "138 1234 1234",
            "card": "60-21",
            "email": "Wang@Example.com",
            "name": "王芳",
            "birthday": "1980-05-17",
            "home_store": "S1",
            "consents": [{"purpose": "marketing", "channel": "sms", "text_version": "t1"}],
        },
    )
    assert (answer.status_code, answer.json()) == (201, {"customer_id": customer_id, "version": 5})
    assert api.told() == [
        "customers.registered.v1",
        *["customers.identifier_linked.v1"] * 3,
        "customers.consent_given.v1",
    ]
    assert api.rows("select distinct convert_from(key, 'utf8'), topic from outbox") == [
        (customer_id, "customers.events.v1"),
    ]
    assert api.get(f"/customers/{customer_id}").json() == {
        "customer_id": customer_id,
        "registered_on": "2026-03-01",
        "home_store": "S1",
        "identifier_kinds": ["card", "email", "phone"],
        "erased": False,
        "version": 5,
        "consents": [
            {
                "purpose": "marketing",
                "channel": "sms",
                "text_version": "t1",
                "occurred_at": "2026-03-01T04:00:00Z",
            },
        ],
    }


@pytest.mark.parametrize("lookup", [{"phone": "+8613812341234"}, {"card": "6021a"}, {"email": " WANG@example.com"}])
def test_a_customer_is_found_by_each_identifier_however_it_is_written(api: Api, lookup: dict[str, str]) -> None:
    customer_id = api.register(phone="138-1234-1234", card="60 21 A", email="Wang@Example.com")
    assert api.post("/lookups", lookup).json() == {"customer_id": customer_id}


def test_nobody_is_found_by_an_unknown_identifier(api: Api) -> None:
    api.register(card="1")
    answer = api.post("/lookups", {"card": "2"})
    assert (answer.status_code, answer.json()["code"]) == (404, "customer_not_found")
    assert api.post("/lookups", {}).status_code == 422
    assert api.post("/lookups", {"card": "1", "phone": "13812341234"}).status_code == 422


def test_the_same_registration_again_changes_nothing(api: Api) -> None:
    customer_id = str(new_id())
    first = api.post("/customers", {"customer_id": customer_id, "card": "60-21", "name": "王芳"})
    again = api.post("/customers", {"customer_id": customer_id.upper(), "card": "6021", "name": " 王芳 "})
    assert (again.status_code, again.json()) == (201, first.json())
    assert api.rows("select count(*) from events") == [(2,)]
    other = api.post("/customers", {"customer_id": customer_id, "card": "60-21", "name": "王丽"})
    assert (other.status_code, other.json()["code"]) == (409, "customer_exists")


def test_an_idempotency_key_gives_one_customer(api: Api) -> None:
    body = {"card": "60-21"}
    first, again = (api.post("/customers", body, key="k1") for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = api.post("/customers", {"card": "60-22"}, key="k1")
    assert other.json()["code"] == "idempotency_key_reused"


def test_an_identifier_of_somebody_else_is_refused_without_telling_whose(api: Api) -> None:
    owner = api.register(phone="13812341234", name="王芳")
    answer = api.post("/customers", {"phone": "+86 138 1234 1234", "card": "77"})
    assert (answer.status_code, answer.json()["code"]) == (409, "identifier_taken")
    assert owner not in answer.text
    assert "王" not in answer.text
    assert api.post("/lookups", {"card": "77"}).status_code == 404, "nothing of a refused registration is kept"
    assert api.rows("select count(*) from vault_keys") == [(1,)]


@pytest.mark.parametrize(
    ("body", "field", "why"),
    [
        ({"phone": "12"}, "phone", "write it with its country code, like +86"),
        ({"card": "**"}, "card", "letters and digits"),
        ({"card": "1", "email": "nobody"}, "email", "one @"),
        ({"email": "wang@example.com"}, "phone", "at least one"),
        ({"card": "1", "birthday": "2026-03-02"}, "birthday", "after today"),
        ({"card": "1", "consents": [{"purpose": "marketing", "text_version": "t"}]}, "channel", "by channel"),
        (
            {"card": "1", "consents": [{"purpose": "profiling", "channel": "sms", "text_version": "t"}]},
            "channel",
            "only marketing",
        ),
    ],
)
def test_wrong_input_is_named_and_explained(api: Api, body: dict[str, object], field: str, why: str) -> None:
    answer = api.post("/customers", body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"
    assert answer.json()["field"] == field
    assert why in answer.json()["detail"]
    assert api.rows("select count(*) from events") == [(0,)]


@pytest.mark.parametrize(
    "body",
    [
        {"card": "1", "name": "secret\u0000word"},
        {"card": "1", "name": "secretword" * 50},
        {"card": "1", "birthday": "secretword"},
        {"card": "1", "birthday": 0, "email": "secretword"},
        {"card": "1", "birthday": "1580000000", "email": "secretword"},
        {"card": "1", "name": "secretword\ud800"},
        {"card": "1", "birthday": "1899-12-31", "name": "secretword\u0001"},
        {"card": "1", "secretword": 1},
        {"card": ["secretword"]},
        {"card": "1", "consents": [{"purpose": "secretword", "text_version": "t"}]},
    ],
)
def test_an_error_names_the_field_and_repeats_no_value(api: Api, body: dict[str, object]) -> None:
    for answer in (api.post("/customers", body), api.post("/customers/batch", {"customers": [body]})):
        assert "secretword" not in answer.text
        assert "invalid_input" in answer.text


def test_a_batch_answers_for_each_and_a_bad_one_disturbs_nobody(api: Api) -> None:
    taken = api.register(card="1")
    repeated = {"customer_id": str(new_id()), "card": "3"}
    erased = api.register(card="8")
    api.post(f"/customers/{erased}/erasure")
    answer = api.post(
        "/customers/batch",
        {
            "customers": [
                {"card": "2", "phone": "13812341234"},
                {"card": "1", "phone": "13812340000"},
                repeated,
                {"phone": "12"},
                repeated,
                {**repeated, "name": "another"},
                "nonsense",
                {"card": "2"},
                {"phone": "13812340000"},
                {"customer_id": erased, "card": "9"},
                {"card": "9"},
                {"customer_id": taken, "card": "1"},
            ],
        },
    )
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["code"] or result["outcome"] for result in results] == [
        "registered",
        "identifier_taken",
        "registered",
        "invalid_input",
        "unchanged",
        "customer_exists",
        "invalid_input",
        "identifier_taken",
        "registered",
        "customer_erased",
        "registered",
        "unchanged",
    ]
    assert results[2] == results[4] | {"outcome": "registered"}
    assert "phone cannot be taken" in results[3]["reason"]
    assert api.rows("select count(*) from vault_records") == [(5,)]
    for result, lookup in ((results[0], {"phone": "13812341234"}), (results[8], {"phone": "13812340000"})):
        assert api.post("/lookups", lookup).json() == {"customer_id": result["customer_id"]}


def test_a_thousand_are_registered_with_one_call_and_recognised_with_the_next(api: Api) -> None:
    body = {"customers": [{"customer_id": str(new_id()), "card": f"{n}", "name": f"N{n}"} for n in range(1_000)]}
    assert {r["outcome"] for r in api.post("/customers/batch", body).json()["results"]} == {"registered"}
    assert {r["outcome"] for r in api.post("/customers/batch", body).json()["results"]} == {"unchanged"}
    assert api.rows("select count(*), min(version), max(version) from customer_directory") == [(1_000, 2, 2)]


def test_the_api_is_described_with_every_field(api: Api) -> None:
    document = api.get("/openapi.json").json()
    assert set(document["components"]["schemas"]["NewCustomers"]["properties"]) == {"customers"}
    assert "birthday" in document["components"]["schemas"]["NewCustomer"]["properties"]
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            assert route["summary"], (method, path)


def test_a_batch_is_bounded(api: Api) -> None:
    assert api.post("/customers/batch", {"customers": []}).status_code == 422
    assert api.post("/customers/batch", {"customers": [{"card": "1"}] * 1_001}).status_code == 422


def test_the_directory_is_paged_without_anything_personal(api: Api) -> None:
    ids = [api.register(customer_id=str(new_id()), card=f"{n}", home_store=f"S{n}") for n in range(5)]
    seen, cursor = [], ""
    while True:
        page = api.get(f"/customers?limit=2{cursor}").json()
        seen += [item["customer_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ids
    assert api.get("/customers?limit=201").status_code == 422


def test_tokens_are_made_with_the_key_that_stores_shares(api: Api) -> None:
    api.register(phone="13812341234")
    key = load_key(api.settings.key_files["member-token"])
    [(body,)] = api.rows("select convert_from(body, 'utf8') from outbox where id = (select max(id) from outbox)")
    assert json.loads(body)["token"] == member_token(key, "phone", "+8613812341234")
    [(digest,)] = api.rows("select digest from blind_index")
    assert bytes(digest).hex() != json.loads(body)["token"], "finding and naming use different keys"
