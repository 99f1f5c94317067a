"""Assigned against assigned: what the treated did more, on average, with a 95 % interval.

Intention to treat: everybody counts in her arm, whether a message reached her, whether she used the offer. The
interval is Welch's (Welch 1947; unequal variances, degrees of freedom after Satterthwaite), from sums and sums of
squares. The quantile of Student's t is the expansion around the normal one in Abramowitz and Stegun 26.7.5, whose
error is below 0.00001 from 29 degrees of freedom on; fewer never occur, since an arm has at least `MEMBERS_MIN`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist

MEMBERS_MIN = 30
"""Fewer in an arm are not enough to say anything."""
CONFIDENCE_PERCENT = 95
_Z = Decimal(repr(NormalDist().inv_cdf(0.5 + CONFIDENCE_PERCENT / 200)))
_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class ArmSum:
    """What an arm's members did, summed: every member counts, also with nothing."""

    members: int
    total: int = 0
    squares: int = 0
    """The sum of the members' squares."""

    @property
    def mean(self) -> Decimal:
        """Per member; 0 for nobody."""
        return Decimal(self.total) / self.members if self.members else Decimal(0)

    @property
    def error(self) -> Decimal:
        """The variance of the mean, from the sample variance. At least two members."""
        # Whole numbers up to here: sums of squares lose their difference in floating point.
        deviations = self.squares * self.members - self.total * self.total
        return Decimal(deviations) / (self.members * self.members * (self.members - 1))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The treated mean, the held-out mean, and their difference, to four decimals. `why_not` says why it has none."""

    treated: Decimal
    held_out: Decimal
    difference: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    why_not: str | None = None


def compare(treated: ArmSum, held_out: ArmSum) -> Comparison:
    """Welch's interval for the difference of the means, or why there is not enough data for one yet."""
    means = _rounded(treated.mean), _rounded(held_out.mean)
    small = [arm for arm in (treated, held_out) if arm.members < MEMBERS_MIN]
    if small:
        why = f"not enough data yet: an arm has {small[0].members} members, at least {MEMBERS_MIN} are needed in each"
        return Comparison(*means, why_not=why)
    error = treated.error + held_out.error
    if not error:
        return Comparison(*means, why_not="not enough data yet: nobody in one arm did anything else than the others")
    freedom = error**2 / sum(arm.error**2 / (arm.members - 1) for arm in (treated, held_out))
    margin = student_quantile(freedom) * error.sqrt()
    difference = treated.mean - held_out.mean
    low, high = _rounded(difference - margin), _rounded(difference + margin)
    return Comparison(*means, _rounded(difference), low, high)


def student_quantile(freedom: Decimal) -> Decimal:
    """The two-sided 95 % quantile of Student's t with `freedom` degrees of freedom, at least 29."""
    z = _Z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum((term / freedom**n for n, term in enumerate(terms, start=1)), Decimal(0))


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_PLACES)
