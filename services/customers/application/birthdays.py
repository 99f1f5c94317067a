"""On which days somebody's birthday is celebrated, by the solar or by the lunar calendar.

A day is a text such as `solar:05-17` or `lunar:08-15`, of which the vault keeps a keyed hash. People are born by the
solar calendar, as identity cards say; whoever celebrates by the lunar one has the lunar date of that day.
"""

from __future__ import annotations

import calendar as solar_calendar
from datetime import date, timedelta
from typing import Literal, get_args

from borax.calendars.lunardate import LCalendars, LunarDate  # type: ignore[import-untyped]  # it ships no types

from shared.kernel.errors import InvalidInput

Calendar = Literal["solar", "lunar"]

LUNAR_MIN, LUNAR_MAX = date(1900, 1, 31), date(2101, 1, 28)
"""What the lunar calendar's table covers: the lunar years 1900 to 2100."""


def birthday_key(birthday: date, calendar: Calendar) -> str:
    """The day of the year of somebody born on `birthday`.

    A leap month's birthdays are celebrated in the plain month of the same number, which every year has. Raises
    `InvalidInput` for a lunar birthday that the table does not cover.
    """
    if calendar == "solar":
        return _key(calendar, birthday.month, birthday.day)
    born = _lunar(birthday, "birthday")
    return _key(calendar, born.month, born.day)


def keys_celebrated_on(day: date, calendar: Calendar) -> tuple[str, ...]:
    """The days of the year that are celebrated on `day`; none in a leap month.

    29 February falls on the 28th in common years, the 30th of a lunar month on the 29th where the month has no more.
    Raises `InvalidInput` for a day that the lunar calendar's table does not cover.
    """
    if calendar == "solar":
        short = (day.month, day.day) == (2, 28) and not solar_calendar.isleap(day.year)
        return (_key(calendar, day.month, day.day), *((_key(calendar, 2, 29),) if short else ()))
    lunar = _lunar(day, "date")
    if lunar.leap:
        return ()
    short = lunar.day == 29 and LCalendars.ndays(lunar.year, lunar.month) == 29  # noqa: PLR2004 - a short month's end
    return (_key(calendar, lunar.month, lunar.day), *((_key(calendar, lunar.month, 30),) if short else ()))


def celebrated_from(first: date, days: int) -> dict[str, date]:
    """The days of the year that are celebrated on one of the `days` dates from `first`, as they come, with their dates.

    By either calendar. Raises `InvalidInput` for dates that the lunar calendar's table does not cover.
    """
    coming: dict[str, date] = {}
    for day in (first + timedelta(days=n) for n in range(days)):
        for calendar in get_args(Calendar):
            for key in keys_celebrated_on(day, calendar):
                coming.setdefault(key, day)
    return coming


def _lunar(day: date, field: str) -> LunarDate:
    if not LUNAR_MIN <= day <= LUNAR_MAX:
        message = f"{field} is outside the lunar calendar's table; send a day from {LUNAR_MIN} to {LUNAR_MAX}"
        raise InvalidInput(message, field=field)
    return LunarDate.from_solar(day)


def _key(calendar: Calendar, month: int, day: int) -> str:
    return f"{calendar}:{month:02}-{day:02}"
