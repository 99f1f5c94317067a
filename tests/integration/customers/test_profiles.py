from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from tests.integration.customers.conftest import Api

WANG = {"phone": "13812341234", "name": "王芳", "birthday": "1980-05-17"}


def test_a_profile_is_shown_under_its_mask(api: Api) -> None:
    customer_id = api.register(**WANG)
    answer = api.get(f"/customers/{customer_id}/profile")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json() == {
        "customer_id": customer_id,
        "name": "王*",
        "birthday": "****-05-17",
        "identifiers": [{"kind": "phone", "value": "138****1234"}],
        "language": "zh-CN",
        "birthday_calendar": "solar",
    }
    assert api.rows("select * from audit_log") == []


def test_seeing_a_profile_without_its_mask_is_written_down_each_time(api: Api) -> None:
    customer_id = api.register(**WANG)
    for purpose in ("complaint", "complaint"):
        answer = api.post(f"/customers/{customer_id}/profile-views", {"purpose": purpose}, key="one")
        assert answer.json()["name"] == "王芳"
        assert answer.json()["birthday"] == "1980-05-17"
        assert answer.json()["identifiers"] == [{"kind": "phone", "value": "+8613812341234"}]
    logged = api.rows("select subject, actor, action, details ->> 'purpose' from audit_log")
    assert logged == [(f"customer/{customer_id}", "regulars|operator", "profile_unmasked", "complaint")] * 2
    assert api.rows("select * from idempotency_keys") == [], "an unmasked answer is kept nowhere"


def test_the_purpose_of_a_view_is_from_a_closed_list(api: Api) -> None:
    customer_id = api.register(**WANG)
    assert api.post(f"/customers/{customer_id}/profile-views", {"purpose": "Mrs Wang called"}).status_code == 422


@pytest.mark.parametrize("change", ["update audit_log set actor = 'x'", "delete from audit_log", "truncate audit_log"])
def test_the_audit_log_cannot_be_changed(api: Api, change: str) -> None:
    api.post(f"/customers/{api.register(**WANG)}/profile-views", {"purpose": "audit"})
    with pytest.raises(DBAPIError, match="permission denied"), api.service.engine.begin() as connection:
        connection.execute(text(change))


def test_another_identifier_finds_the_same_customer(api: Api) -> None:
    customer_id = api.register(**WANG)
    link = f"/customers/{customer_id}/identifiers"
    assert api.post(link, {"kind": "email", "value": "Wang@example.com"}).json()["version"] == 3
    assert api.post(link, {"kind": "email", "value": "wang@EXAMPLE.com"}).json()["version"] == 3
    assert api.post("/lookups", {"email": "wang@example.com"}).json() == {"customer_id": customer_id}
    assert api.get(f"/customers/{customer_id}").json()["identifier_kinds"] == ["email", "phone"]
    profile = api.get(f"/customers/{customer_id}/profile").json()
    assert profile["name"] == "王*"
    assert profile["identifiers"][1] == {"kind": "email", "value": "w***@example.com"}


def test_linking_what_belongs_to_another_is_refused_and_changes_nothing(api: Api) -> None:
    api.register(card="7")
    customer_id = api.register(**WANG)
    answer = api.post(f"/customers/{customer_id}/identifiers", {"kind": "card", "value": "7"}, key="k")
    assert (answer.status_code, answer.json()["code"]) == (409, "identifier_taken")
    assert api.get(f"/customers/{customer_id}").json()["version"] == 2
    assert api.rows("select count(*) from events") == [(4,)]
    wrong = api.post(f"/customers/{customer_id}/identifiers", {"kind": "phone", "value": "12"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "phone")
