"""Many addresses in one call: each with its own answer, all under the locks of their customers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from services.customers.bootstrap import build_commands
from services.customers.domain.values import ConsentScope
from shared.kernel.ids import new_id
from shared.kernel.messages import Cause
from shared.testing.waiting import until
from tests.integration.customers.conftest import ROOT
from tests.support.access import bearer
from tests.support.canary import CANARY, hits
from tests.support.locks import somebody_waits
from tests.support.sales import NOON

if TYPE_CHECKING:
    from tests.integration.customers.conftest import Api

BY_SMS = {"purpose": "marketing", "channel": "sms"}
AGREED = BY_SMS | {"text_version": "t1"}


def release(api: Api, *asked: tuple[str, dict[str, str]], key: str | None = "k") -> Any:
    body = {"releases": [{"customer_id": customer_id, **how} for customer_id, how in asked]}
    return api.post("/address-releases", body, key=key)


def results(api: Api, *asked: tuple[str, dict[str, str]]) -> list[dict[str, Any]]:
    answer = release(api, *asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_each_gets_an_address_or_a_reason_in_order(api: Api) -> None:
    member = api.register(phone="13812341234", name="王芳", consents=[AGREED], language="en")
    silent = api.register(phone="13812341235")
    by_card = api.register(card="77", consents=[AGREED])
    erased = api.register(phone="13812341236", consents=[AGREED])
    api.post(f"/customers/{erased}/erasure")
    nobody = str(new_id())
    asked = [(id_, BY_SMS) for id_ in (silent, member, nobody, by_card, erased)]
    answered = results(api, *asked, (member, {"purpose": "membership", "channel": "sms"}), (member, BY_SMS))
    address = {"customer_id": member, "version": 3, "address": "+8613812341234", "name": "王芳", "language": "en"}
    assert [answer if "address" in answer else (answer["customer_id"], answer["code"]) for answer in answered] == [
        (silent, "consent_missing"),
        address,
        (nobody, "customer_not_found"),
        (by_card, "address_missing"),
        (erased, "customer_erased"),
        (member, "consent_missing"),
        address,
    ]
    assert all(answer["detail"] for answer in answered if "code" in answer)
    released = "select subject, details from audit_log where action = 'address_released'"
    assert api.rows(released) == [(f"customer/{member}", BY_SMS)] * 2


def test_one_that_does_not_open_does_not_disturb_its_neighbours(api: Api) -> None:
    broken, member = (api.register(phone=f"1381234123{n}", consents=[AGREED]) for n in range(2))
    with api.service.engine.begin() as connection:
        connection.exec_driver_sql(f"update vault_records set sealed = '\\x00' where customer_id = '{broken}'")
    first, second = results(api, (broken, BY_SMS), (member, BY_SMS))
    assert first["code"] == "profile_unreadable"
    assert second["address"] == "+8613812341231"


def test_nothing_of_an_answer_is_kept(api: Api) -> None:
    member = api.register(phone=CANARY["phone"], name=CANARY["name"], consents=[AGREED])
    answer = release(api, (member, BY_SMS))
    assert hits(answer.content), "the answer is what must not be kept"
    assert answer.headers["cache-control"] == "no-store"
    assert api.rows("select count(*) from idempotency_keys where route like '%address%'") == [(0,)]
    assert not hits(str(api.rows("select * from audit_log")).encode())


def test_calls_are_bounded_and_wrong_ones_are_explained(api: Api) -> None:
    member = api.register(phone="13812341234")
    assert release(api, *[(member, BY_SMS)] * 500).status_code == 200
    for asked in ([], [(member, BY_SMS)] * 501, [("nobody", BY_SMS)], [(member, {"purpose": "marketing"})]):
        answer = release(api, *asked)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
        assert "releases" in answer.json()["detail"]


@pytest.mark.parametrize("role", ["operator", "hq_admin", "service_desk", "privacy_officer", "marketer", "auditor"])
def test_no_person_gets_addresses_by_this_way(api: Api, role: str) -> None:
    answer = api.http.post(f"{ROOT}/address-releases", json={"releases": []}, headers=bearer(role))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_who_is_out_of_scope_is_nobody(api: Api) -> None:
    ours, theirs = (
        api.register(phone=f"1381234123{n}", home_store=f"S{n}", consents=[AGREED]) for n in range(2)
    )  # fmt: skip
    body = {"releases": [{"customer_id": id_, **BY_SMS} for id_ in (theirs, ours)]}
    answer = api.http.post(f"{ROOT}/address-releases", json=body, headers=bearer("service", stores=["S0"]))
    assert [found.get("code") for found in answer.json()["results"]] == ["customer_not_found", None]


def test_a_withdrawal_that_is_not_committed_yet_is_waited_for(api: Api) -> None:
    """Without the streams' locks the old consent would be read, and the release be written behind the withdrawal."""
    member = api.register(phone="13812341234", consents=[AGREED])
    commands = build_commands(api.settings)
    cause = Cause(new_id(), new_id(), NOON)
    with ThreadPoolExecutor(1) as pool:
        with api.service.engine.begin() as connection:
            commands.withdraw_consent(connection, UUID(member), ConsentScope("marketing", "sms"), cause, lock=True)
            answer = pool.submit(results, api, (member, BY_SMS))
            until(lambda: somebody_waits(api.service.engine), what="the release to wait")
        assert answer.result()[0]["code"] == "consent_missing"
    assert api.rows("select count(*) from audit_log where action = 'address_released'") == [(0,)]


def test_calls_and_withdrawals_that_cross_wait_for_each_other(api: Api) -> None:
    """Locked in one order, whatever the order of the call; and no release is written down behind its withdrawal."""
    members = [api.register(phone=f"138{n:08}", consents=[AGREED]) for n in range(60)]
    with ThreadPoolExecutor(6) as pool:
        calls = [
            pool.submit(release, api, *[(id_, BY_SMS) for id_ in order], key=None)
            for order in (members, members[::-1], members[30:] + members[:30])
        ]
        withdrawals = [
            pool.submit(api.post, f"/customers/{id_}/consents/withdrawals", BY_SMS) for id_ in members[::2]
        ]  # fmt: skip
        assert {call.result().status_code for call in calls + withdrawals} == {200}
    late = """
        select count(*) from audit_log r join audit_log w using (subject)
        where r.action = 'address_released' and w.action = 'consent_withdrawn' and r.number > w.number
    """
    assert api.rows(late) == [(0,)]
