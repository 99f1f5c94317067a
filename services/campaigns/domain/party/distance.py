"""Distances on the earth, as a ball: good to half a percent, which is meters where people walk."""

from __future__ import annotations

from math import asin, cos, degrees, radians, sin, sqrt
from typing import NamedTuple

EARTH_RADIUS_M = 6_371_008.8
"""The mean radius of WGS 84 (IUGG)."""
_POLAR_LATITUDE = 89.0
_BOX_MARGIN = 1.001
"""A box may be too large, never too small: rounding must not cut off what lies on its edge."""


class Point(NamedTuple):
    """Degrees: latitude -90 to 90, longitude -180 to 180."""

    latitude: float
    longitude: float


class Box(NamedTuple):
    """Latitudes and longitudes between which everything within a radius lies; longitudes may go beyond 180."""

    south: float
    north: float
    west: float
    east: float


def distance_m(one: Point, other: Point) -> float:
    """Meters along the surface (haversine formula: R. W. Sinnott, Sky & Telescope 68, 1984)."""
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    across = cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(sin(north / 2) ** 2 + across)))


def box_around(center: Point, within_m: float) -> Box:
    """A box that holds every point within `within_m` of `center`; near a pole it goes all around."""
    high = degrees(within_m / EARTH_RADIUS_M) * _BOX_MARGIN
    farthest = abs(center.latitude) + high
    # The widest longitude of a circle is reached nearer to the pole than its center is: so by its farthest latitude.
    wide = 180.0 if farthest >= _POLAR_LATITUDE else min(180.0, high / cos(radians(farthest)))
    return Box(
        center.latitude - high,
        center.latitude + high,
        center.longitude - wide,
        center.longitude + wide,
    )
