"""A document's id and content hash: what is the same sale, and what is the same content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.stores.application.ports import KnownStore
from services.stores.application.resolving import Named, resolve
from shared.contracts.receipts import ReceiptDocument
from shared.identity.tokeniser import Tokeniser

if TYPE_CHECKING:
    from uuid import UUID

TOKENISER = Tokeniser(b"k" * 32, "CN")


def _named(time_zone: str = "Asia/Shanghai", **fields: Any) -> tuple[UUID, str]:
    document = {
        "store": "S",
        "till": "1",
        "number": "42",
        "occurred_at": "2026-03-01T18:30:00+08:00",
        "business_date": "2026-03-01",
        "total_minor": 100,
        "lines": [{"product": "p", "quantity": 1, "amount_minor": 100}],
    } | fields
    stores = {"S": KnownStore(time_zone, "CNY", frozenset({"1"}))}
    named = resolve(ReceiptDocument.model_validate(document), stores, TOKENISER)
    assert isinstance(named, Named), named
    return named.receipt_id, named.content_hash


@pytest.mark.parametrize(
    "moment",
    ["2026-03-01T10:30:00Z", "2026-03-01T19:30:00+09:00", "2026-03-01T10:30:00.000+00:00", "2026-03-01T05:30:00-05:00"],
)
def test_a_moment_is_the_same_content_with_any_offset(moment: str) -> None:
    assert _named(occurred_at=moment) == _named()


@pytest.mark.parametrize("time_zone", ["Asia/Tokyo", "UTC"])
def test_what_is_hashed_does_not_depend_on_how_the_store_tells_the_time(time_zone: str) -> None:
    assert _named(time_zone) == _named()


@pytest.mark.parametrize("moment", ["2026-03-01T18:30:00.001+08:00", "2026-03-01T18:30:00Z"])
def test_another_moment_is_other_content_of_the_same_sale(moment: str) -> None:
    (receipt_id, content_hash), (same_id, other_hash) = _named(), _named(occurred_at=moment)
    assert receipt_id == same_id
    assert content_hash != other_hash


def test_an_hour_that_the_clock_shows_twice_is_two_moments() -> None:
    first, second = (
        _named("America/New_York", occurred_at=f"2026-11-01T01:30:00{offset}", business_date="2026-11-01")
        for offset in ("-04:00", "-05:00")
    )
    assert first[1] != second[1]
