"""The language in which somebody is written to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.kernel.ids import new_id
from tests.integration.customers.conftest import ROOT
from tests.support.access import bearer

if TYPE_CHECKING:
    from tests.integration.customers.conftest import Api

BY_SMS = {"purpose": "membership", "channel": "sms"}
MEMBER = {"phone": "13812341234", "consents": [{"purpose": "membership", "text_version": "t1"}]}


def released_language(api: Api, customer_id: str) -> Any:
    return api.post(f"/customers/{customer_id}/address-releases", BY_SMS).json()["language"]


@pytest.mark.parametrize(
    ("sent", "language"), [({}, "zh-CN"), ({"language": "zh-CN"}, "zh-CN"), ({"language": "en"}, "en")]
)
def test_who_registers_says_in_which_language(api: Api, sent: dict[str, str], language: str) -> None:
    assert released_language(api, api.register(**MEMBER, **sent)) == language


def test_a_batch_of_registrations_has_each_its_own(api: Api) -> None:
    people = [MEMBER | {"phone": f"1381234123{n}", "language": said} for n, said in enumerate(("en", "zh-CN", "fr"))]
    results = api.post("/customers/batch", {"customers": people}).json()["results"]
    assert [released_language(api, result["customer_id"]) for result in results[:2]] == ["en", "zh-CN"]
    assert results[2]["code"] == "invalid_input"
    assert "language" in results[2]["reason"]


def test_the_language_can_be_changed_and_what_is_left_out_stays(api: Api) -> None:
    customer_id = api.register(**MEMBER, language="en", birthday="1980-05-17", birthday_calendar="lunar")
    path = f"/customers/{customer_id}/preferences"
    assert api.post(path, {}, key="1").json() == {"customer_id": customer_id, "version": 3}
    assert released_language(api, customer_id) == "en"
    assert api.post(path, {"language": "zh-CN"}, key="2").status_code == 200
    profile = api.get(f"/customers/{customer_id}/profile").json()
    assert (profile["language"], profile["birthday_calendar"]) == ("zh-CN", "lunar")
    assert api.rows("select count(*) from audit_log where action = 'preferences_changed'") == [(2,)]
    assert api.post(path, {"language": "fr"}).status_code == 422


def test_nobody_and_nobody_erased_has_preferences(api: Api) -> None:
    customer_id = api.register(**MEMBER)
    api.post(f"/customers/{customer_id}/erasure")
    erased = api.post(f"/customers/{customer_id}/preferences", {"language": "en"})
    assert (erased.status_code, erased.json()["code"]) == (409, "customer_erased")
    unknown = api.post(f"/customers/{new_id()}/preferences", {"language": "en"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "customer_not_found")


def test_another_store_s_member_is_not_found(api: Api) -> None:
    customer_id = api.register(**MEMBER, home_store="S1")
    path = f"{ROOT}/customers/{customer_id}/preferences"
    answer = api.http.post(path, json={"language": "en"}, headers=bearer("clerk", stores=["S2"]))
    assert (answer.status_code, answer.json()["code"]) == (404, "customer_not_found")
    assert api.http.post(path, json={"language": "en"}, headers=bearer("clerk", stores=["S1"])).status_code == 200
