"""On which days birthdays are celebrated. The lunar days are those of printed almanacs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from borax.calendars.lunardate import LunarDate  # type: ignore[import-untyped]  # it ships no types
from hypothesis import given, settings
from hypothesis import strategies as st

from services.customers.application.birthdays import (
    LUNAR_MAX,
    LUNAR_MIN,
    Calendar,
    birthday_key,
    keys_celebrated_on,
)
from shared.kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("born", "calendar", "key"),
    [
        (date(1980, 5, 17), "solar", "solar:05-17"),
        (date(1984, 2, 29), "solar", "solar:02-29"),
        (date(1980, 2, 16), "lunar", "lunar:01-01"),  # Spring Festival of 1980
        (date(2025, 10, 6), "lunar", "lunar:08-15"),  # Mid-Autumn of 2025
        (date(2020, 5, 23), "lunar", "lunar:04-01"),  # the first of the leap fourth month of 2020
        (date(2026, 2, 16), "lunar", "lunar:12-29"),  # New Year's Eve of a year whose twelfth month has 29 days
    ],
)
def test_a_birthday_has_one_day_of_the_year(born: date, calendar: Calendar, key: str) -> None:
    assert birthday_key(born, calendar) == key


@pytest.mark.parametrize(
    ("day", "calendar", "keys"),
    [
        (date(2026, 2, 28), "solar", ("solar:02-28", "solar:02-29")),
        (date(2024, 2, 28), "solar", ("solar:02-28",)),
        (date(2024, 2, 29), "solar", ("solar:02-29",)),
        (date(2026, 3, 1), "solar", ("solar:03-01",)),
        (date(2026, 2, 17), "lunar", ("lunar:01-01",)),  # Spring Festival of 2026
        (date(2026, 2, 16), "lunar", ("lunar:12-29", "lunar:12-30")),  # the twelfth month ends with the 29th
        (date(2020, 4, 23), "lunar", ("lunar:04-01",)),  # the plain fourth month of 2020
        (date(2020, 5, 23), "lunar", ()),  # and its leap month, in which nobody celebrates
    ],
)
def test_a_day_is_celebrated_by_those_whose_day_it_is(day: date, calendar: Calendar, keys: tuple[str, ...]) -> None:
    assert keys_celebrated_on(day, calendar) == keys


@pytest.mark.parametrize("day", [LUNAR_MIN - timedelta(days=1), LUNAR_MAX + timedelta(days=1)])
def test_what_the_table_does_not_cover_is_said(day: date) -> None:
    with pytest.raises(InvalidInput, match="outside the lunar calendar"):
        birthday_key(day, "lunar")
    with pytest.raises(InvalidInput, match="1900-01-31 to 2101-01-28"):
        keys_celebrated_on(day, "lunar")


@settings(max_examples=50)
@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(1900, 2099))
def test_everybody_celebrates_once_in_every_solar_year(born: date, year: int) -> None:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    key = birthday_key(born, "solar")
    assert sum(day.year == year and key in keys_celebrated_on(day, "solar") for day in days) == 1


@settings(max_examples=50)
@given(st.dates(LUNAR_MIN, LUNAR_MAX), st.integers(1901, 2098))
def test_everybody_celebrates_once_in_every_lunar_year(born: date, year: int) -> None:
    key = birthday_key(born, "lunar")
    first, last = LunarDate(year, 1, 1).to_solar_date(), LunarDate(year + 1, 1, 1).to_solar_date()
    days = (first + timedelta(days=n) for n in range((last - first).days))
    assert sum(key in keys_celebrated_on(day, "lunar") for day in days) == 1
