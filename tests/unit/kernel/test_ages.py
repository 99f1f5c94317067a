"""Ages learnt by watching a queue's end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.ages import SIGHTINGS_MAX, Ages


def test_a_place_is_as_old_as_the_first_sight_of_an_end_beyond_it() -> None:
    ages = Ages()
    ages.reached(10, 100.0)
    ages.reached(10, 105.0)
    ages.reached(30, 110.0)
    assert ages.age(0, 120.0) == 20.0, "it was there at the first look"
    assert ages.age(9, 120.0) == 20.0
    assert ages.age(10, 120.0) == 10.0
    assert ages.age(29, 120.0) == 10.0
    assert ages.age(30, 120.0) == 0.0, "nothing is there yet"
    assert Ages().age(5, 1.0) == 0.0


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(0, 2_000))
def test_nothing_is_older_than_it_is_and_what_is_in_front_is_never_younger(grown: list[int], place: int) -> None:
    ages, end, came_at = Ages(), 0, None
    for now, more in enumerate(grown):
        end += more
        ages.reached(end, float(now))
        if came_at is None and end > place:
            came_at = now
    now = float(len(grown))
    assert ages.age(place, now) == (now - came_at if came_at is not None else 0.0)
    assert place == 0 or came_at is None or ages.age(place - 1, now) >= ages.age(place, now)


def test_a_queue_that_is_watched_for_ever_takes_no_more_memory() -> None:
    ages = Ages()
    for now in range(10 * SIGHTINGS_MAX):
        ages.reached(now + 1, float(now))
    assert len(ages._ends) <= SIGHTINGS_MAX + 1
    end = 10.0 * SIGHTINGS_MAX
    for place in range(0, 10 * SIGHTINGS_MAX, 997):
        assert ages.age(place, end) <= end - place, "coarser, never older than it is"
