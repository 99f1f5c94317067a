"""The year alone: what the services know, less what the story of a campaign did after it.

Story sales come from stores of the region `story`, on days after the year. Scores are asked for as of the year's last
day; sums of sales leave out those stores; points are taken back to that day by each member's statement.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from services.calling import Caller

STORY_REGION = "story"
ASKING = 4
"""Statements asked for at a time."""


@dataclass(frozen=True, slots=True)
class Points:
    """A member's points, or by how much they changed."""

    earned: int = 0
    available: int = 0
    outstanding: int = 0
    """What can still be redeemed, reservations included."""


def story_stores(caller: Caller) -> set[str]:
    """The stores in which only stories are played."""
    return {item["store"] for item in caller.pages("/stores/v1/stores") if item["region"] == STORY_REGION}


def points_after(caller: Caller, customers: Iterable[str], last_day: str) -> dict[str, Points]:
    """Customer -> how her points changed after `last_day`."""
    these = list(customers)
    with ThreadPoolExecutor(ASKING) as asking:
        changes = asking.map(lambda customer: _change(_bookings_after(caller, customer, last_day)), these)
        return dict(zip(these, changes, strict=True))


def _bookings_after(caller: Caller, customer: str, last_day: str) -> Iterator[dict[str, Any]]:
    query: dict[str, int] = {"limit": 2}
    while True:
        page = caller.get(f"/loyalty/v1/accounts/{customer}/statement", **query)
        for booking in page["items"]:
            if booking["business_date"] <= last_day:
                return
            yield booking
        if page["next_cursor"] is None:
            return
        query = {"limit": 100, "cursor": page["next_cursor"]}


def _change(bookings: Iterable[dict[str, Any]]) -> Points:
    entries = [entry for booking in bookings for entry in booking["entries"]]

    def total(*accounts: str) -> int:
        return sum(entry["points"] for entry in entries if entry["account"] in accounts)

    # Entries of a booking sum to zero: what a member earned stands on the other side.
    return Points(earned=-total("issued"), available=total("member", "debt"), outstanding=total("member", "reserved"))
