from __future__ import annotations

from typing import TYPE_CHECKING

from shared.kernel.ids import new_id

if TYPE_CHECKING:
    from tests.integration.customers.conftest import Api

SMS = {"purpose": "marketing", "channel": "sms"}


def test_consents_are_given_and_taken_back_with_their_history(api: Api) -> None:
    customer = f"/customers/{api.register(card='1')}"
    assert api.post(f"{customer}/consents", SMS | {"text_version": "t1"}).json()["version"] == 3
    assert api.post(f"{customer}/consents", SMS | {"text_version": "t1"}).json()["version"] == 3
    api.post(f"{customer}/consents", SMS | {"text_version": "t2"})
    api.post(f"{customer}/consents", {"purpose": "profiling", "text_version": "p1"})
    assert api.post(f"{customer}/consents/withdrawals", SMS).json()["version"] == 6
    assert api.post(f"{customer}/consents/withdrawals", SMS).json()["version"] == 6

    page = api.get(f"{customer}/consents").json()
    assert page["version"] == 6
    assert [(i["version"], i["purpose"], i["given"], i["text_version"]) for i in page["items"]] == [
        (3, "marketing", True, "t1"),
        (4, "marketing", True, "t2"),
        (5, "profiling", True, "p1"),
        (6, "marketing", False, None),
    ]
    state = api.get(customer).json()
    assert [(c["purpose"], c["text_version"]) for c in state["consents"]] == [("profiling", "p1")]
    assert api.told()[2:] == ["customers.consent_given.v1"] * 3 + ["customers.consent_withdrawn.v1"]


def test_the_history_is_paged(api: Api) -> None:
    customer = f"/customers/{api.register(card='1')}"
    for n in range(5):
        api.post(f"{customer}/consents", SMS | {"text_version": f"t{n}"})
    seen, cursor = [], 0
    while cursor is not None:
        page = api.get(f"{customer}/consents?limit=2&cursor={cursor}").json()
        seen += [item["text_version"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ["t0", "t1", "t2", "t3", "t4"]


def test_marketing_is_by_channel_and_nothing_else_is(api: Api) -> None:
    customer = f"/customers/{api.register(card='1')}"
    without = api.post(f"{customer}/consents", {"purpose": "marketing", "text_version": "t1"})
    surplus = api.post(f"{customer}/consents", {"purpose": "membership", "channel": "sms", "text_version": "t1"})
    unnamed = api.post(f"{customer}/consents/withdrawals", {"purpose": "marketing"})
    for answer in (without, surplus, unnamed):
        assert (answer.status_code, answer.json()["field"]) == (422, "channel")
    assert api.get(customer).json()["version"] == 2


def test_an_unknown_customer_is_not_found_on_any_route(api: Api) -> None:
    nobody = f"/customers/{new_id()}"
    answers = [
        api.get(nobody),
        api.get(f"{nobody}/consents"),
        api.get(f"{nobody}/profile"),
        api.post(f"{nobody}/profile-views", {"purpose": "audit"}),
        api.post(f"{nobody}/consents", SMS | {"text_version": "t1"}),
        api.post(f"{nobody}/consents/withdrawals", SMS),
        api.post(f"{nobody}/identifiers", {"kind": "card", "value": "1"}),
        api.post(f"{nobody}/erasure"),
    ]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(404, "customer_not_found")] * len(answers)
