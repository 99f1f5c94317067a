"""Parties, and how far they are from each other."""

from __future__ import annotations

from math import asin, atan2, cos, degrees, pi, radians, sin
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.campaigns.domain.party.commands import RegisterParty
from services.campaigns.domain.party.decider import PARTY
from services.campaigns.domain.party.distance import EARTH_RADIUS_M, Point, box_around, distance_m
from services.campaigns.domain.party.errors import OursFixed, StoreTaken
from services.campaigns.domain.party.events import PartyChanged, PartyDetails, PartyRegistered, StorePlace
from shared.testing.specs import DeciderSpec

UNKNOWN = DeciderSpec(PARTY)


def details(**more: Any) -> PartyDetails:
    facts: dict[str, Any] = {"name": "Tea", "category": "tea", "ours": False, "latitude": 31.2, "longitude": 121.4}
    return PartyDetails(**facts | more)


def register(said: PartyDetails, owners: dict[str, str] | None = None) -> RegisterParty:
    return RegisterParty("tea-house", said, owners or {})


HERE = (StorePlace(store_id="367", latitude=31.2, longitude=121.4),)


def test_a_party_is_registered_and_changed() -> None:
    moved = details(latitude=31.3)
    known = UNKNOWN.when(register(details())).then(PartyRegistered(details=details()))
    known.when(register(details())).then_nothing()
    known.when(register(moved)).then(PartyChanged(details=moved))


def test_a_store_belongs_to_one_party() -> None:
    said = details(stores=HERE)
    UNKNOWN.when(register(said, {"367": "book-shop"})).then_rejected(StoreTaken)
    UNKNOWN.when(register(said, {"367": "tea-house"})).then(PartyRegistered(details=said))


def test_whose_a_party_is_never_changes() -> None:
    UNKNOWN.given(PartyRegistered(details=details())).when(register(details(ours=True))).then_rejected(OursFixed)


@pytest.mark.parametrize(
    ("one", "other", "meters"),
    [
        # Paris to London: 343.5 km by the haversine formula.
        (Point(48.8566, 2.3522), Point(51.5074, -0.1278), 343_556),
        # A minute of latitude is about a nautical mile.
        (Point(31.0, 121.0), Point(31.0 + 1 / 60, 121.0), 1_853),
        (Point(10.0, 179.9995), Point(10.0, -179.9995), 109),
        (Point(0.0, 0.0), Point(0.0, 180.0), 20_015_115),
        (Point(31.2, 121.4), Point(31.2, 121.4), 0),
    ],
)
def test_known_distances(one: Point, other: Point, meters: int) -> None:
    assert round(distance_m(one, other)) == pytest.approx(meters, abs=1)
    assert distance_m(one, other) == pytest.approx(distance_m(other, one))


latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)
points = st.builds(Point, latitudes, longitudes)


@given(points, points)
def test_no_distance_is_more_than_half_around(one: Point, other: Point) -> None:
    assert 0 <= distance_m(one, other) <= 3.1416 * EARTH_RADIUS_M


def seen_from(center: Point, meters: float, bearing: float) -> Point:
    """Where one gets from `center` by walking straight on."""
    latitude, angle = radians(center.latitude), meters / EARTH_RADIUS_M
    north = sin(latitude) * cos(angle) + cos(latitude) * sin(angle) * cos(bearing)
    there = asin(max(-1.0, min(1.0, north)))
    east = atan2(sin(bearing) * sin(angle) * cos(latitude), cos(angle) - sin(latitude) * sin(there))
    return Point(degrees(there), (center.longitude + degrees(east) + 180) % 360 - 180)


@given(points, st.integers(1, 50_000), st.floats(0.9, 0.9999), st.floats(0, 2 * pi))
# Where the circle touches a meridian, nearer to the pole than its center is.
@example(Point(88.4, 10.0), 50_000, 0.9999, 1.286)
@example(Point(-60.0, 179.9), 50_000, 0.9999, pi / 2)
def test_a_box_holds_all_that_is_near(center: Point, within_m: int, share: float, bearing: float) -> None:
    """Wherever it is: at the poles, and over the date line."""
    point = seen_from(center, within_m * share, bearing)
    assert distance_m(center, point) == pytest.approx(within_m * share, rel=1e-3, abs=0.5)
    box = box_around(center, within_m)
    assert box.south <= point.latitude <= box.north
    assert any(box.west <= point.longitude + turn <= box.east for turn in (0, 360, -360))
