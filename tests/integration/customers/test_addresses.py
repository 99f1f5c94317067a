"""Another service asks where somebody can be reached: with consent, one at a time, written down."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.customers.application.addresses import Address, AddressBook, Request
from shared.testing.waiting import until
from tests.integration.customers.conftest import ROOT
from tests.integration.customers.test_keys import vault_of
from tests.support.access import bearer
from tests.support.locks import somebody_waits

if TYPE_CHECKING:
    from tests.integration.customers.conftest import Api

WANG = {"phone": "13812341234", "email": "wang@example.com", "name": "王芳"}
BY_SMS = {"purpose": "marketing", "channel": "sms"}


def ask(api: Api, customer_id: str, body: Any = None) -> Any:
    return api.post(f"/customers/{customer_id}/address-releases", body or BY_SMS, key="k")


def agree(api: Api, customer_id: str, **scope: str) -> None:
    assert api.post(f"/customers/{customer_id}/consents", scope | {"text_version": "t1"}).status_code == 200


def actions(api: Api) -> list[str]:
    return [row[0] for row in api.rows("select action from audit_log order by number")]


def test_with_consent_the_address_is_released_and_each_release_is_written_down(api: Api) -> None:
    customer_id = api.register(**WANG)
    agree(api, customer_id, **BY_SMS)
    for _ in range(2):
        answer = ask(api, customer_id)
        assert answer.status_code == 200
        assert answer.json() == {
            "customer_id": customer_id,
            "version": 4,
            "address": "+8613812341234",
            "name": "王芳",
            "language": "zh-CN",
        }
        assert answer.headers["cache-control"] == "no-store"
    released = api.rows("select subject, details from audit_log where action = 'address_released'")
    assert released == [(f"customer/{customer_id}", BY_SMS)] * 2
    assert api.rows("select count(*) from idempotency_keys where route like '%address%'") == [(0,)]
    assert "13812341234" not in str(api.rows("select * from audit_log"))


@pytest.mark.parametrize(
    ("agreed", "asked", "address"),
    [
        ({"purpose": "membership"}, {"purpose": "membership", "channel": "sms"}, "+8613812341234"),
        ({"purpose": "membership"}, {"purpose": "membership", "channel": "email"}, "wang@example.com"),
        ({"purpose": "membership"}, BY_SMS, None),
        ({"purpose": "profiling"}, BY_SMS, None),
        ({"purpose": "marketing", "channel": "email"}, BY_SMS, None),
        ({"purpose": "marketing", "channel": "phone"}, BY_SMS, None),
        (BY_SMS, {"purpose": "membership", "channel": "sms"}, None),
        ({"purpose": "marketing", "channel": "phone"}, {"purpose": "marketing", "channel": "phone"}, "+8613812341234"),
    ],
)
def test_an_agreement_is_good_for_its_purpose_and_channel_only(
    api: Api,
    agreed: dict[str, str],
    asked: dict[str, str],
    address: str | None,
) -> None:
    customer_id = api.register(**WANG)
    agree(api, customer_id, **agreed)
    answer = ask(api, customer_id, asked)
    if address is None:
        assert (answer.status_code, answer.json()["code"]) == (409, "consent_missing")
        assert "address_released" not in actions(api)
    else:
        assert answer.json()["address"] == address


def test_an_agreement_that_was_taken_back_is_none(api: Api) -> None:
    customer_id = api.register(**WANG)
    agree(api, customer_id, **BY_SMS)
    assert ask(api, customer_id).status_code == 200
    assert api.post(f"/customers/{customer_id}/consents/withdrawals", BY_SMS).status_code == 200
    assert ask(api, customer_id).json()["code"] == "consent_missing"
    assert actions(api) == ["consent_recorded", "address_released", "consent_withdrawn"]


def test_the_number_that_was_linked_last_is_the_one(api: Api) -> None:
    customer_id = api.register(**WANG)
    agree(api, customer_id, **BY_SMS)
    api.post(f"/customers/{customer_id}/identifiers", {"kind": "phone", "value": "13900001111"})
    assert ask(api, customer_id).json()["address"] == "+8613900001111"


def test_nobody_to_reach_is_told_apart_from_somebody_who_said_no(api: Api) -> None:
    by_mail = {"purpose": "marketing", "channel": "email"}
    customer_id = api.register(card="77")
    agree(api, customer_id, **by_mail)
    missing = ask(api, customer_id, by_mail)
    assert (missing.status_code, missing.json()["code"]) == (404, "address_missing")
    api.post(f"/customers/{customer_id}/erasure")
    assert ask(api, customer_id, by_mail).json()["code"] == "customer_erased"
    assert ask(api, "0190a5e4-1111-7bbb-8ccc-000000000001").json()["code"] == "customer_not_found"


@pytest.mark.parametrize("role", ["operator", "hq_admin", "service_desk", "privacy_officer", "marketer", "auditor"])
def test_no_person_gets_addresses_by_this_way(api: Api, role: str) -> None:
    customer_id = api.register(**WANG)
    agree(api, customer_id, **BY_SMS)
    path = f"{ROOT}/customers/{customer_id}/address-releases"
    answer = api.http.post(path, json=BY_SMS, headers=bearer(role))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_what_staff_do_to_a_person_is_written_down_once_and_only_if_it_happened(api: Api) -> None:
    consent = {"purpose": "membership", "text_version": "t1"}
    customer_id = api.register(**WANG, consents=[consent])
    for _ in range(2):
        api.post(f"/customers/{customer_id}/consents", consent | {"text_version": "t2"})
        api.post(f"/customers/{customer_id}/erasure", key="k")
    assert actions(api) == ["consent_recorded", "consent_recorded", "customer_erased"]
    assert api.rows("select distinct actor, subject from audit_log") == [
        ("regulars|operator", f"customer/{customer_id}"),
    ]
    assert api.rows("select details ->> 'text_version' from audit_log where number = 2") == [("t2",)]
    assert api.rows("select distinct metadata ->> 'actor' from events") == [("regulars|operator",)]


def test_who_takes_an_agreement_back_while_an_address_is_released_waits_for_it(api: Api) -> None:
    """So the audit log never shows a release after the withdrawal that should have stopped it."""
    customer_id = api.register(**WANG)
    agree(api, customer_id, **BY_SMS)
    book = AddressBook(api.service.handler.store, vault_of(api.settings))
    with ThreadPoolExecutor(1) as pool:
        with api.service.engine.begin() as connection:
            request = Request(UUID(customer_id), "marketing", "sms")
            assert isinstance(book.release(connection, [request], caller="sender")[0], Address)
            withdrawal = pool.submit(api.post, f"/customers/{customer_id}/consents/withdrawals", BY_SMS)
            until(lambda: somebody_waits(api.service.engine), what="the withdrawal to wait")
            assert not withdrawal.done()
        assert withdrawal.result().status_code == 200
    assert actions(api) == ["consent_recorded", "address_released", "consent_withdrawn"]
    assert ask(api, customer_id).json()["code"] == "consent_missing"


BY_PHONE = {"purpose": "marketing", "channel": "phone"}


def look_at_phone(api: Api, customer_id: str, *, purpose: str = "marketing", store: str = "S1") -> Any:
    caller = bearer("clerk", stores=[store], name="clerk")
    return api.http.post(f"{ROOT}/customers/{customer_id}/phone-views", json={"purpose": purpose}, headers=caller)


def test_a_clerk_sees_the_number_that_she_is_to_call_and_is_written_down(api: Api) -> None:
    customer_id = api.register(**WANG, home_store="S1")
    assert look_at_phone(api, customer_id).json()["code"] == "consent_missing"
    agree(api, customer_id, **BY_PHONE)
    answer = look_at_phone(api, customer_id)
    assert answer.json() == {"customer_id": customer_id, "phone": "+8613812341234"}
    assert answer.headers["cache-control"] == "no-store"
    assert look_at_phone(api, customer_id, purpose="membership").json()["code"] == "consent_missing"
    [(actor, details)] = api.rows("select actor, details from audit_log where action = 'address_released'")
    assert (actor.endswith("clerk"), details) == (True, BY_PHONE)


def test_a_clerk_of_another_store_does_not_find_whom_to_call(api: Api) -> None:
    customer_id = api.register(**WANG, home_store="S1")
    agree(api, customer_id, **BY_PHONE)
    assert look_at_phone(api, customer_id, store="S2").status_code == 404
    assert "address_released" not in actions(api)
