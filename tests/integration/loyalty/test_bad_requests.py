"""Paths, queries and moments that no caller means: each a clear problem, and nothing held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.kernel.ids import derived_id
from tests.support.access import client
from tests.support.sales import member, receipt, sale

if TYPE_CHECKING:
    from tests.integration.loyalty.conftest import Loyalty

ANNE = member("anne")


@pytest.fixture
def rich(loyalty: Loyalty) -> Loyalty:
    loyalty.hears(sale(ANNE, receipt(1), net=10_000))
    loyalty.http = client(loyalty.service, base_url="http://test/api/loyalty/v1", raise_server_exceptions=False)
    return loyalty


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/accounts?cursor=%00", "cursor"),
        ("/accounts/%00", "customer_id"),
        ("/accounts/%00/statement", "customer_id"),
        (f"/accounts/{ANNE}/statement?cursor=%00", "cursor"),
        (f"/accounts/{ANNE}/statement?cursor=0", "cursor"),
        (f"/accounts/{ANNE}/statement?cursor=2147483648", "cursor"),
        (f"/accounts/{ANNE}/statement?cursor=99999999999999999999999", "cursor"),
        (f"/accounts/{ANNE}/statement?cursor={'9' * 4_000}", "cursor"),
        ("/redemptions/%00", "redemption_id"),
    ],
)
def test_what_no_path_or_query_holds_is_refused(rich: Loyalty, path: str, field: str) -> None:
    answer = rich.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in answer.json()["detail"]


@pytest.mark.parametrize("verb", ["confirm", "cancel"])
def test_no_redemption_has_a_nul_for_an_id(rich: Loyalty, verb: str) -> None:
    answer = rich.http.post(f"/redemptions/%00/{verb}", headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z"])
def test_nothing_is_held_outside_of_the_calendar(rich: Loyalty, until: str) -> None:
    refused = rich.reserve(ANNE, derived_id("redemption", 1), 10, reserved_until=until)
    assert (refused.status_code, refused.json()["code"]) == (422, "reserved_until_invalid"), refused.text
    assert rich.account(ANNE)["available"] == 100
