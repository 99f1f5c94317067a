"""What a till's software writes, line by line: checked at once, and no identifier gets any further."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from services.till.reading import LINE_BYTES_MAX, ReceiptReader, lines_of
from shared.contracts.envelope import Outgoing
from shared.contracts.receipt_checks import Invalid, told
from shared.contracts.receipts import RECEIPT_BYTES_MAX, PosReceipt
from shared.identity.tokeniser import Tokeniser

KEY = bytes(range(32))
READER = ReceiptReader("SH-001", "3", Tokeniser(KEY, "CN"))
PHONE = "13812345678"


def receipt(**fields: Any) -> dict[str, Any]:
    return {
        "number": "42",
        "occurred_at": "2026-03-01T18:30:00+08:00",
        "total_minor": 1_500,
        "lines": [
            {"product": "p", "quantity": 0.42, "amount_minor": 1_000},
            {"product": "q", "quantity": 2, "amount_minor": 500},
        ],
    } | fields


def read(**fields: Any) -> Outgoing | Invalid:
    return READER.read(json.dumps(receipt(**fields)).encode())


def test_a_receipt_becomes_the_record_that_the_contract_names() -> None:
    record = read(member={"card": "6021-0042"}, checkout_id="0190a5e4-1111-7bbb-8ccc-000000000001")
    assert isinstance(record, Outgoing)
    assert (record.topic, record.key) == ("pos.receipts.v1", b"SH-001/3")
    written = PosReceipt.model_validate_json(record.body)
    assert (written.store, written.till, written.total_minor) == ("SH-001", "3", 1_500)
    assert str(written.lines[0]["quantity"]) == "0.42"
    assert b"6021" not in record.body + record.headers


def test_the_same_line_is_the_same_record_and_another_one_another() -> None:
    first, again, other = read(), READER.read(json.dumps(receipt(), indent=1).encode()), read(number="43")
    assert isinstance(first, Outgoing)
    assert isinstance(again, Outgoing)
    assert isinstance(other, Outgoing)
    assert first.event_id == again.event_id != other.event_id


@pytest.mark.parametrize("written", [PHONE, "+86 138 1234 5678", "138-1234-5678"])
def test_one_number_in_any_spelling_is_one_token(written: str) -> None:
    records = [read(member={"phone": phone}) for phone in (PHONE, written)]
    tokens = [PosReceipt.model_validate_json(r.body).member_token for r in records if isinstance(r, Outgoing)]
    assert tokens[0] == tokens[1]


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"total_minor": 7}, "total_differs", "total_minor 7 is not the sum of the lines' amounts, 1500"),
        ({"store": "SH-002"}, "other_till", "store is not SH-001, which this gateway sends for"),
        ({"occurred_at": "1970-01-01T00:00:00Z"}, "invalid_input", "set the till's clock"),
        ({"occurred_at": "2026-03-01T18:30:00"}, "invalid_input", "occurred_at: Input should have timezone info"),
        ({"member": {"phone": PHONE, "card": "1"}}, "invalid_input", "member needs card or phone, one of them"),
        ({"member": {"phone": PHONE + PHONE}}, "invalid_input", "phone cannot be taken"),
        ({"phone": PHONE}, "invalid_input", "phone: Extra inputs are not permitted"),
        ({PHONE: 1}, "invalid_input", "Extra inputs are not permitted"),
        ({"lines": []}, "invalid_input", "lines: List should have at least 1 item"),
        ({"lines": [{"product": "p", "quantity": 1, "amount_minor": -1}]}, "negative_amount", "is a return"),
    ],
)
def test_a_bad_line_says_what_is_wrong_and_repeats_no_identifier(fields: Any, code: str, words: str) -> None:
    invalid = read(**fields)
    assert isinstance(invalid, Invalid)
    assert invalid.code == code
    assert words in told(invalid.errors)
    assert PHONE not in str(invalid)


@pytest.mark.parametrize("line", [b"{", b"[]", b"7", b"\xff\xfe", b'{"a":' * 2_000])
def test_what_is_no_receipt_at_all_is_told_so(line: bytes) -> None:
    invalid = READER.read(line)
    assert isinstance(invalid, Invalid)
    assert invalid.code == "json_invalid"


def test_a_receipt_over_the_limit_is_refused_with_the_limit() -> None:
    lines = [{"product": "p" * 64, "category": "c" * 64, "quantity": 1, "amount_minor": 0} for _ in range(2_000)]
    assert isinstance(read(lines=lines, total_minor=0), Outgoing)
    longest = [line | {"product": "漢" * 64, "category": "字" * 64} for line in lines]
    invalid = read(lines=longest, total_minor=0)
    assert isinstance(invalid, Invalid)
    assert invalid.code == "too_large"
    assert str(RECEIPT_BYTES_MAX) in told(invalid.errors)


def test_lines_are_numbered_as_an_editor_does_and_an_endless_one_is_not_held() -> None:
    endless = b"x" * (LINE_BYTES_MAX * 2 + 10)
    stream = io.BytesIO(b"\xef\xbb\xbf{}\n\n  \r\n[]\r\n" + endless + b"\n{}")
    assert list(lines_of(stream)) == [(1, b"{}"), (4, b"[]"), (5, None), (6, b"{}")]
    assert isinstance(READER.read(None), Invalid)
