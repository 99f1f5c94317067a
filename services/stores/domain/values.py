"""Quantities as integers: thousandths of a piece, a kilogram or a litre, as tills weigh them. Never a float."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache


def milli_of(quantity: int | Decimal) -> int:
    """`quantity`, which has at most three decimals, in thousandths: 420 for 0.42."""
    return int(quantity * 1000)


@lru_cache(maxsize=4096)
def quantity_of(milli: int) -> Decimal:
    """Thousandths as the number that people write: 0.42 for 420, 2 for 2000."""
    return Decimal(milli) / 1000
