"""Money: an integer of minor units and an ISO 4217 code, never a float."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from iso4217 import Currency
from pydantic import AfterValidator, StringConstraints

from shared.kernel.errors import InvalidInput


@cache
def minor_digits(currency: str) -> int:
    """How many decimals `currency` has (ISO 4217): 2 for USD and CNY, 0 for JPY, 3 for KWD.

    Raises `InvalidInput` for a code that ISO 4217 does not list or that has no minor unit (gold, XAU).
    """
    try:
        digits: int | None = Currency(currency).exponent
    except ValueError:
        digits = None
    if digits is None:
        msg = f"currency {currency!r} is not money of ISO 4217; use a code such as USD or CNY"
        raise InvalidInput(msg, field="currency", value=currency)
    return digits


def _money(currency: str) -> str:
    try:
        minor_digits(currency)
    except InvalidInput as unknown:
        raise ValueError(unknown.message) from None
    return currency


WrittenCurrency = Annotated[str, StringConstraints(max_length=3), AfterValidator(_money)]
"""A currency that somebody writes down now. What was recorded is read without asking ISO 4217 again."""


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` units of `currency`: Money(1999, "USD") is 19.99 dollars."""

    minor: int
    currency: str

    @property
    def whole_units(self) -> int:
        """Whole currency units, floored: 19 for 19.99."""
        return int(self.minor // 10 ** minor_digits(self.currency))

    def __str__(self) -> str:
        digits = minor_digits(self.currency)
        sign = "-" if self.minor < 0 else ""
        whole, part = divmod(abs(self.minor), 10**digits)
        fraction = f".{part:0{digits}d}" if digits else ""
        return f"{sign}{whole:,}{fraction} {self.currency}"
