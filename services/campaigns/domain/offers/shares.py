"""Splitting whole minor units so that the parts sum to the whole: the method of the largest remainder (Hamilton)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

K = TypeVar("K", int, str)


def split(amount: int, weights: Mapping[K, int]) -> dict[K, int]:
    """`amount` by `weights`: each part is floored, and what is left goes one by one to the largest fractions.

    Equal fractions are served in the order of their keys. A part is never above its weight as long as `amount` is not
    above the sum of the weights: nothing becomes cheaper than free.
    """
    whole = sum(weights.values())
    if whole == 0:
        return dict.fromkeys(weights, 0)
    parts = {key: amount * weight // whole for key, weight in weights.items()}
    left = amount - sum(parts.values())
    for key in sorted(weights, key=lambda key: (-(amount * weights[key] % whole), key))[:left]:
        parts[key] += 1
    return parts
