"""Bodies that are broken as a whole: a problem that says where, and nothing kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.stores.conftest import Chain


LINE = {"product": "p", "quantity": 1, "amount_minor": 1}
RECEIPT = {
    "store": "SH-001",
    "till": "1",
    "number": "é",
    "occurred_at": "2026-03-01T18:30:00+08:00",
    "total_minor": 1,
    "lines": [LINE],
}
BODY = json.dumps({"receipts": [RECEIPT]}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "status", "code", "says"),
    [
        (BODY.encode()[:-20], 400, "malformed", "line 1 column"),
        (b"", 400, "malformed", "not JSON"),
        (BODY.encode("latin-1"), 400, "malformed", "not UTF-8 at byte"),
        (BODY.encode() + b"\x00", 400, "malformed", "not JSON"),
        (b'{"receipts": [' + b'{"x":' * 200 + b"1" + b"}" * 200 + b"]}", 422, "too_deep", "32 levels"),
        (b"[" * 100_000, 400, "malformed", "not JSON"),
        (b"[]", 422, "invalid_input", "receipts"),
        (b'{"receipts": {}}', 422, "invalid_input", "receipts"),
        (b'{"receipts": [], "more": 1}', 422, "invalid_input", "receipts"),
        (b'{"receipts": []}', 422, "invalid_input", "send 1 to 1000"),
        (json.dumps({"receipts": [RECEIPT] * 1_001}).encode(), 422, "invalid_input", "has 1001 items"),
        (b" " * (8 * 1024 * 1024 + 1), 413, "too_large", "8388608 bytes"),
        (b" " * (20 * 1024 * 1024), 413, "too_large", "8388608 bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_body_is_refused_as_a_whole(chain: Chain, body: bytes, status: int, code: str, says: str) -> None:
    answer = chain.post("/receipts", raw=body, key="k")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert says in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert chain.rows("select count(*) from events where stream_category = 'receipt'") == [(0,)]
    assert chain.rows("select count(*) from idempotency_keys") == [(0,)]


@pytest.mark.parametrize("item", [None, 1, "x", [], {}])
def test_what_is_no_receipt_is_invalid_by_itself(chain: Chain, item: object) -> None:
    answer = chain.post("/receipts", {"receipts": [item, chain.receipt()]}).json()
    assert [result["outcome"] for result in answer["results"]] == ["invalid", "recorded"]
    assert answer["results"][0]["errors"]


def test_a_receipt_has_at_most_2000_lines(chain: Chain) -> None:
    most, more, many = (chain.receipt(number=str(n), amounts=(1,) * n) for n in (2_000, 2_001, 5_000))
    outcomes = chain.take(most, more, many)
    assert [result["outcome"] for result in outcomes] == ["recorded", "invalid", "invalid"]
    assert "2000" in outcomes[1]["errors"][0]["problem"]


def test_a_receipt_has_at_most_512_kib(chain: Chain) -> None:
    text = "茶" * 64
    line = LINE | {"product": text, "category": text}
    large, small = ({"lines": [line] * n, "total_minor": n, "number": str(n)} for n in (2_000, 1_000))
    results = chain.take(chain.receipt(**large), chain.receipt(**small))
    assert [result["outcome"] for result in results] == ["invalid", "recorded"]
    assert results[0]["code"] == "too_large"


def test_the_document_is_in_the_openapi(chain: Chain) -> None:
    document = chain.get("/openapi.json").json()
    body = document["paths"]["/receipts"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    lines = body["properties"]["receipts"]["items"]["properties"]["lines"]
    assert set(lines["items"]["required"]) == {"product", "quantity", "amount_minor"}
    assert "$ref" not in json.dumps(body)
