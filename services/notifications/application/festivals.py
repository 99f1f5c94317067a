"""Public holidays and festivals, from a library that follows the law of each country."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import holidays
from holidays.registry import EntityLoader

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

AROUND = timedelta(days=70)
"""How far a decision looks: quiet hours look ahead less than this."""
_ENGLISH, _CHINESE = "en_US", "zh_CN"


class Festival(NamedTuple):
    """A festival that begins on a day, by its names."""

    english: str
    chinese: str


def check_country(country: str) -> str:
    """The country, if the library knows it. Raises `ValueError`."""
    code, _, part = country.partition("-")
    # Asked for all that it supports, the library loads the laws of three hundred places.
    known = code in EntityLoader.get_country_codes()
    if not known or (part and part not in getattr(holidays, code).subdivisions):
        msg = f"{country!r} has no calendar of holidays; use an ISO 3166 code such as CN, US or US-OH"
        raise ValueError(msg)
    return country


class HolidayCalendar:
    """Holidays of the chain's country, and of regions of ours that live by another calendar."""

    def __init__(self, country: str, regions: Mapping[str, str]) -> None:
        self._country = country
        self._regions = dict(regions)

    def around(self, region: str | None, day: date) -> frozenset[date]:
        """The public holidays near `day` where `region` is. Days on which people work for one are none."""
        country = self._regions.get(region, self._country) if region is not None else self._country
        years = range((day - AROUND).year, (day + AROUND).year + 1)
        return frozenset(free for year in years for free in _named(country, year, None))

    def beginning_on(self, day: date, wanted: Collection[str]) -> list[Festival]:
        """Those of the festivals `wanted`, by their English names, whose first day is `day`."""
        english = _named(self._country, day.year, _ENGLISH)
        chinese = _named(self._country, day.year, _CHINESE) or english
        before = _named(self._country, (day - timedelta(days=1)).year, _ENGLISH).get(day - timedelta(days=1), ())
        return [
            Festival(name, other)
            for name, other in zip(english.get(day, ()), chinese.get(day, english.get(day, ())), strict=False)
            if name in wanted and name not in before
        ]


@lru_cache(maxsize=256)
def _named(country: str, year: int, language: str | None) -> Mapping[date, tuple[str, ...]]:
    """The holidays of a year by day. A language that the country has no names in gives its own."""
    code, _, part = country.partition("-")
    known = holidays.country_holidays(code, subdiv=part or None, years=year, language=language)
    return {day: tuple(name.split("; ")) for day, name in known.items()}
