"""Paths and queries that no caller means: each a clear problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.kernel.ids import new_id

if TYPE_CHECKING:
    from tests.integration.customers.conftest import Api


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/customers?cursor=%00", "cursor"),
        ("/customers/%00", "customer_id"),
        ("/customers/%00/consents", "customer_id"),
        ("/customers/%00/profile", "customer_id"),
        ("/customers/{known}/consents?cursor=%00", "cursor"),
        ("/customers/{known}/consents?cursor=-1", "cursor"),
        ("/customers/{known}/consents?cursor=2147483648", "cursor"),
        ("/customers/{known}/consents?cursor=99999999999999999999999", "cursor"),
    ],
)
def test_what_no_path_or_query_holds_is_refused(api: Api, path: str, field: str) -> None:
    answer = api.get(path.format(known=api.register(card="60210042")))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in answer.json()["detail"]


@pytest.mark.parametrize("verb", ["identifiers", "consents", "consents/withdrawals", "erasure", "profile-views"])
def test_nobody_has_a_nul_for_an_id(api: Api, verb: str) -> None:
    answer = api.post(f"/customers/%00/{verb}", {}, key=str(new_id()))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"card": "6021\x000042"},
        {"phone": "+86138\x0000138000"},
        {"email": "a\x00@example.org"},
        {"name": "\x00"},
        {"home_store": "\x00"},
        {"birthday": "9999-12-31"},
        {"birthday": "0001-01-01"},
        {"consents": [{"purpose": "membership", "text_version": "\x00"}]},
    ],
)
def test_no_field_of_a_customer_holds_a_nul_or_an_absurd_day(api: Api, change: dict[str, object]) -> None:
    answer = api.post("/customers", {"card": "60210042"} | change)
    assert answer.status_code == 422, answer.text
    assert api.rows("select count(*) from events") == [(0,)]
