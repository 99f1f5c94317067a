"""Paths, queries and moments that no caller means: each a clear problem, and nothing kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.kernel.ids import derived_id, new_id
from tests.integration.stores.conftest import ROOT

if TYPE_CHECKING:
    from tests.integration.stores.conftest import Chain

RECEIPT = derived_id("receipt", "any")
LINE = {"line": 1}
AT = "2026-03-05T10:00:00+08:00"
ABSURD_MOMENTS = [
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+14:00",
    "1989-12-31T23:59:59Z",
    "2200-01-01T00:00:00Z",
]


def _refused(answer: Any, field: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/quarantine?store=%00", "store"),
        ("/quarantine?cursor=%00", "cursor"),
        (f"/quarantine?cursor={RECEIPT}.99999999999999999999999", "cursor"),
        (f"/quarantine?cursor={RECEIPT}.2147483648", "cursor"),
        (f"/quarantine?cursor={RECEIPT}.-1", "cursor"),
        (f"/quarantine?cursor={RECEIPT}", "cursor"),
        ("/sales?store=%00", "store"),
        ("/sales?cursor=USD.%00", "cursor"),
        ("/sales?cursor=%00.TEA&group_by=category", "cursor"),
        ("/sales?cursor=USD.99999-01-01&group_by=day", "cursor"),
        ("/sales?from=99999-01-01", "from"),
        ("/stores?cursor=%00", "cursor"),
        ("/stores/%00", "code"),
        (f"/stores/{'x' * 65}", "code"),
        ("/receipts/%00", "receipt_id"),
    ],
)
def test_what_no_path_or_query_holds_is_refused(chain: Chain, path: str, field: str) -> None:
    _refused(chain.http.get(ROOT + path), field)


def test_a_till_of_a_store_that_no_code_names_is_refused(chain: Chain) -> None:
    _refused(chain.post("/stores/%00/tills", {"till": "1"}, key="k"), "code")
    assert chain.rows("select count(*) from idempotency_keys") == [(0,)]


@pytest.mark.parametrize("line", [100_000, 2**63, 10**30])
def test_a_line_that_no_receipt_has_cannot_come_back(chain: Chain, line: int) -> None:
    body = {"return_id": str(new_id()), "returned_at": AT, "lines": [{"line": line}]}
    _refused(chain.post(f"/receipts/{chain.record()}/returns", body), "lines[0].line")


@pytest.mark.parametrize("moment", ABSURD_MOMENTS)
def test_nothing_comes_back_or_is_voided_outside_of_the_calendar(chain: Chain, moment: str) -> None:
    receipt_id = chain.record()
    body = {"return_id": str(new_id()), "returned_at": moment, "lines": [LINE]}
    _refused(chain.post(f"/receipts/{receipt_id}/returns", body), "returned_at")
    _refused(chain.post(f"/receipts/{receipt_id}/void", {"voided_at": moment}), "voided_at")
    assert chain.get(f"/receipts/{receipt_id}").json()["version"] == 1


@pytest.mark.parametrize("moment", ABSURD_MOMENTS)
def test_nothing_is_sold_outside_of_the_calendar(chain: Chain, moment: str) -> None:
    (result,) = chain.take(chain.receipt(occurred_at=moment))
    assert (result["outcome"], result["errors"][0]["field"]) == ("invalid", "occurred_at")


@pytest.mark.parametrize("moment", ["1990-01-01T00:00:00Z", "2199-12-31T23:59:59Z"])
def test_the_calendar_ends_where_the_intakes_does(chain: Chain, moment: str) -> None:
    receipt_id = chain.record(occurred_at=moment)
    assert chain.post(f"/receipts/{receipt_id}/void", {"voided_at": moment}).status_code == 200
