"""Who bears how much of a joint promotion's discount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.offers.shares import split as split_by

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


def split(discount_minor: int, shares: Mapping[str, Decimal]) -> tuple[tuple[str, int], ...]:
    """`discount_minor` by the percents of `shares`, in the order of the parties' codes; it sums to the discount.

    Floored, and what is left goes to the largest fraction; equal ones are served in the order of their codes.
    """
    weights = {party: int(percent * 100) for party, percent in sorted(shares.items())}
    return tuple(split_by(discount_minor, weights).items())
