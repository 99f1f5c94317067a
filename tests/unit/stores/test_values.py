"""Quantities, exactly."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.stores.domain.values import milli_of, quantity_of


@given(st.integers(0, 10**12))
def test_thousandths_and_what_people_write_are_the_same(milli: int) -> None:
    assert milli_of(quantity_of(milli)) == milli


def test_quantities_are_written_short() -> None:
    assert [str(quantity_of(milli)) for milli in (0, 420, 1_000, 1_500, 10**12)] == [
        "0",
        "0.42",
        "1",
        "1.5",
        "1000000000",
    ]
    assert [milli_of(quantity) for quantity in (3, Decimal("0.42"), Decimal("1E+3"))] == [3_000, 420, 1_000_000]
