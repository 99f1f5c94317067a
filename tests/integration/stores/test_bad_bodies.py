"""Bodies that are broken as a whole: a problem that says where, and nothing kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.stores.conftest import Chain


def _body(chain: Chain, **fields: object) -> bytes:
    return json.dumps({"receipts": [chain.receipt(**fields)]}, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("make", "status", "code", "says"),
    [
        (lambda chain: _body(chain)[:-20], 400, "malformed", "line 1 column"),
        (lambda chain: b"", 400, "malformed", "not JSON"),
        (lambda chain: _body(chain, number="é").decode().encode("latin-1"), 400, "malformed", "not UTF-8 at byte"),
        (lambda chain: _body(chain) + b"\x00", 400, "malformed", "not JSON"),
        (lambda chain: b'{"receipts": [' + b'{"x":' * 200 + b"1" + b"}" * 200 + b"]}", 422, "too_deep", "32 levels"),
        (lambda chain: b"[" * 100_000, 400, "malformed", "not JSON"),
        (lambda chain: b"[]", 422, "invalid_input", "receipts"),
        (lambda chain: b'{"receipts": {}}', 422, "invalid_input", "receipts"),
        (lambda chain: b'{"receipts": [], "more": 1}', 422, "invalid_input", "receipts"),
        (lambda chain: b'{"receipts": []}', 422, "invalid_input", "send 1 to 1000"),
        (lambda chain: json.dumps({"receipts": [1] * 1_001}).encode(), 422, "invalid_input", "has 1001 items"),
        (lambda chain: b" " * (8 * 1024 * 1024 + 1), 413, "too_large", "8388608 bytes"),
        (lambda chain: b" " * (20 * 1024 * 1024), 413, "too_large", "8388608 bytes"),
    ],
)
def test_a_broken_body_is_refused_as_a_whole(chain: Chain, make: object, status: int, code: str, says: str) -> None:
    answer = chain.post("/receipts", raw=make(chain), key="k")  # type: ignore[operator] # one of the lambdas above
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
    line = {"product": text, "category": text, "quantity": 1, "amount_minor": 1}
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
