from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.customers.conftest import Api

WANG = {
    "phone": "13812341234",
    "card": "7",
    "name": "王芳",
    "home_store": "S1",
    "consents": [{"purpose": "marketing", "channel": "sms", "text_version": "t1"}],
}
VAULT = ("vault_keys", "vault_records", "blind_index")


def test_an_erasure_destroys_key_record_and_index_and_tells_the_tokens(api: Api) -> None:
    neighbour = api.register(card="8")
    customer_id = api.register(**WANG)
    tokens = {row[0] for row in api.rows(f"select data ->> 'token' from events where stream_id = '{customer_id}'")}
    answer = api.post(f"/customers/{customer_id}/erasure", key="k")
    assert (answer.status_code, answer.json()) == (200, {"customer_id": customer_id, "version": 5, "erased": True})
    for table in VAULT:
        assert api.rows(f"select distinct customer_id::text from {table}") == [(neighbour,)]
    assert api.told()[-1] == "customers.erased.v1"
    [(body,)] = api.rows("select convert_from(body, 'utf8') from outbox order by id desc limit 1")
    assert set(json.loads(body)["tokens"]) == tokens - {None}


def test_erasing_again_answers_the_same(api: Api) -> None:
    customer_id = api.register(**WANG)
    first, second = (api.post(f"/customers/{customer_id}/erasure").json() for _ in range(2))
    assert first == second
    assert api.told().count("customers.erased.v1") == 1


def test_after_an_erasure_nobody_is_there_and_nothing_can_be_added(api: Api) -> None:
    customer_id = api.register(**WANG)
    customer = f"/customers/{customer_id}"
    api.post(f"{customer}/erasure")
    gone = [api.get(f"{customer}/profile"), api.post(f"{customer}/profile-views", {"purpose": "audit"})]
    assert [(a.status_code, a.json()["code"]) for a in gone] == [(404, "customer_erased")] * 2
    assert api.post("/lookups", {"phone": WANG["phone"]}).status_code == 404
    refused = [
        api.post(f"{customer}/consents", {"purpose": "profiling", "text_version": "t1"}),
        api.post(f"{customer}/consents/withdrawals", {"purpose": "profiling"}),
        api.post(f"{customer}/identifiers", {"kind": "card", "value": "9"}),
        api.post("/customers", {"customer_id": customer_id, **WANG}),
    ]
    assert [(a.status_code, a.json()["code"]) for a in refused] == [(409, "customer_erased")] * 4
    state = api.get(customer).json()
    assert (state["erased"], state["home_store"], state["identifier_kinds"], state["consents"]) == (True, None, [], [])
    assert len(api.get(f"{customer}/consents").json()["items"]) == 1, "what was agreed stays provable"


def test_somebody_who_comes_back_is_a_new_customer(api: Api) -> None:
    erased = api.register(**WANG)
    api.post(f"/customers/{erased}/erasure")
    back = api.register(**WANG)
    assert back != erased
    assert api.post("/lookups", {"phone": WANG["phone"]}).json() == {"customer_id": back}
