"""Welch's interval: against an example worked by hand, against SciPy's numbers, and by its laws."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.campaigns.domain.experiment.comparison import MEMBERS_MIN, ArmSum, compare, student_quantile


def summed(values: list[int]) -> ArmSum:
    return ArmSum(len(values), sum(values), sum(value * value for value in values))


def test_the_mean_and_its_error_of_an_example_worked_by_hand() -> None:
    """Of 2, 4, 4, 6 the mean is 4, the sample variance 8 / 3, the error of the mean a quarter of that."""
    arm = summed([2, 4, 4, 6])
    assert arm.mean == 4
    assert arm.error == Decimal(8) / 12


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [
        # scipy.stats.t.ppf(0.975, freedom), SciPy 1.17.1
        ("29", 2.045229642132703),
        ("30.5", 2.04086944518632),
        ("40", 2.021075390306273),
        ("58.2", 2.0015710369502075),
        ("100", 1.9839715185235518),
        ("1000", 1.9623390808264083),
        ("99998", 1.9599877080090842),
    ],
)
def test_the_quantile_is_scipys(freedom: str, quantile: float) -> None:
    assert float(student_quantile(Decimal(freedom))) == pytest.approx(quantile, abs=1e-5)


def test_the_interval_is_scipys() -> None:
    """scipy.stats.ttest_ind(treated, held_out, equal_var=False).confidence_interval(0.95), SciPy 1.17.1."""
    treated = [(i * 37) % 101 * 100 for i in range(60)]
    held_out = [(i * 53) % 89 * 90 for i in range(35)]
    found = compare(summed(treated), summed(held_out))
    assert found.difference == Decimal("986.5238")
    assert float(found.low or 0) == pytest.approx(-108.61801354357999, abs=0.01)
    assert float(found.high or 0) == pytest.approx(2081.665632591199, abs=0.01)
    assert (found.treated, found.held_out) == (Decimal("4951.6667"), Decimal("3965.1429"))
    assert found.why_not is None


def test_a_small_arm_says_so_and_has_no_interval() -> None:
    enough, small = summed([1, 2] * MEMBERS_MIN), summed([1] * (MEMBERS_MIN - 1))
    for treated, held_out in ((enough, small), (small, enough), (enough, ArmSum(0))):
        found = compare(treated, held_out)
        assert found.difference is found.low is found.high is None
        assert found.why_not is not None
        assert str(MEMBERS_MIN) in found.why_not


def test_without_a_sale_there_is_nothing_to_compare() -> None:
    found = compare(ArmSum(900), ArmSum(100))
    assert (found.treated, found.held_out, found.difference) == (0, 0, None)
    assert found.why_not is not None


def test_large_amounts_do_not_lose_their_differences() -> None:
    """In floating point the sum of squares and the square of the sum would cancel to nothing here."""
    base = 10**12
    arm = summed([base, base + 1] * 50)
    assert arm.error == Decimal(25) / 99 / 100


values = st.lists(st.integers(0, 10**6), min_size=MEMBERS_MIN, max_size=60)


@given(values, values)
def test_the_interval_holds_the_difference_and_turns_with_the_arms(treated: list[int], held_out: list[int]) -> None:
    there, back = compare(summed(treated), summed(held_out)), compare(summed(held_out), summed(treated))
    if there.difference is None or there.low is None or there.high is None:
        assert len(set(treated)) == len(set(held_out)) == 1
        return
    assert there.low <= there.difference <= there.high
    assert (back.difference, back.low, back.high) == (-there.difference, -there.high, -there.low)
