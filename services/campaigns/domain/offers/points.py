"""What a points offer gives beside the base points: floored once per receipt, like those."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from shared.kernel.money import minor_digits


def bonus(net_minor: int, currency: str, *, factor: Decimal, per_unit: int) -> int:
    """What `factor` adds to lines of which `net_minor` is left to pay.

    The base is `per_unit` points for each whole unit of `currency`; `factor` 2 gives as many once more.
    """
    units = max(0, net_minor) // int(10 ** minor_digits(currency))
    return int(units * per_unit * (Fraction(factor) - 1))
