"""Invariants of the points ledger."""

# ruff: noqa: B023 - what a lambda says of a breach is said at once, while its loop stands still
from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from tests.simulation.schema import Row
from tests.simulation.view import Event, View, require

if TYPE_CHECKING:
    pass


def zero_sum(view: View) -> None:
    sums: dict[tuple[UUID, int], int] = defaultdict(int)
    for row in view.entries:
        sums[row["customer_id"], row["version"]] += row["points"]
    wrong = {key: points for key, points in sums.items() if points}
    require(not wrong, "zero-sum", lambda: str(wrong))


def balances(view: View) -> None:
    """Stored balance = sum of the entries = what the events say."""
    entries: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in view.entries:
        entries[row["customer_id"]][row["account"]] += row["points"]
    for row in view.rows("loyalty", "account_balance"):
        sums = entries.pop(row["customer_id"], defaultdict(int))
        replayed = _replay(view.events["loyalty"].get(str(row["customer_id"]), []))
        stored = (row["available"], row["reserved"], row["debt"])
        by_entries = (sums["member"] + sums["debt"], sums["reserved"], -sums["debt"])
        require(stored == by_entries, "balance = entries", lambda: f"{row} is not {by_entries}")
        require(stored == replayed, "balance = replay", lambda: f"{row} is not {replayed}")
        require(row["available"] >= -row["debt"] and row["debt"] >= 0, "no overdraft", lambda: str(row))
    require(not entries, "balance = entries", lambda: f"no balance for {list(entries)}")


def _replay(events: list[Event]) -> tuple[int, int, int]:
    available = reserved = debt = 0
    for event in events:
        points = event.data.get("points", 0)
        match event.type:
            case "points_earned":
                available += points
            case "points_taken_back":
                available -= points - event.data["forgiven"]
                debt += event.data["owed"]
            case "debt_paid":
                debt -= points
            case "points_reserved":
                available, reserved = available - points, reserved + points
            case "points_redeemed":
                reserved -= points
            case "points_released":
                available, reserved = available + points, reserved - points
            case "points_expired":
                available -= points
        if "available" in event.data:
            require(
                event.data["available"] == available,
                "balance = replay",
                lambda: f"{event.row['stream_id']}@{event.row['stream_version']} says {event.data}, is {available}",
            )
    return available, reserved, debt


def lots(view: View) -> None:
    """No lot is below zero at any time; redemptions take those that expire first; the table is their sum."""
    lots: dict[UUID, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    held: dict[tuple[UUID, date], int] = defaultdict(int)
    bookings: dict[tuple[UUID, int], list[Row]] = defaultdict(list)
    for row in view.entries:
        bookings[row["customer_id"], row["version"]].append(row)
    for (customer, _), rows in bookings.items():
        of = lots[customer]
        if rows[0]["kind"] == "points_reserved":
            taken = {row["lot"] for row in rows if row["account"] == "member"}
            later = {row["lot"] for row in rows if row["account"] == "member" and of[row["lot"]] + row["points"] >= 0}
            day = rows[0]["business_date"]
            for row in rows:
                if row["account"] == "member":
                    earlier = [d for d, p in of.items() if day <= d < row["lot"] and p > 0 and d not in taken]
                    require(not earlier, "earliest lot first", lambda: f"{customer}: {taken} before {earlier}")
            partly = [
                d
                for d in taken
                if any(r["lot"] == d and of[d] + r["points"] > 0 for r in rows if r["account"] == "member")
            ]
            require(
                not partly or partly == [max(taken)],
                "earliest lot first",
                lambda: f"{customer}: of {sorted(taken)} something is left in {partly} {later}",
            )
        for row in rows:
            if row["account"] == "member" and row["lot"] is not None:
                of[row["lot"]] += row["points"]
                require(of[row["lot"]] >= 0, "no lot below zero", lambda: f"{customer} {row}")
            elif row["account"] == "reserved":
                held[customer, row["lot"]] += row["points"]
    for row in view.rows("loyalty", "lots"):
        key = (row["customer_id"], row["expires_on"])
        require(
            (row["points"], row["reserved"]) == (lots[key[0]][key[1]], held[key]),
            "lots = entries",
            lambda: f"{row} is not {lots[key[0]][key[1]]}, {held[key]}",
        )


def settled_once(view: View) -> None:
    """Each version of a receipt changes an account once, and only newer ones do."""
    for stream, events in view.events["loyalty"].items():
        newest: dict[str, int] = {}
        points: dict[str, int] = defaultdict(int)
        for event in events:
            if event.type in {"points_earned", "points_taken_back", "receipt_settled"}:
                receipt, version = event.data["receipt_id"], event.data["receipt_version"]
                require(
                    version > newest.get(receipt, 0),
                    "a version of a receipt is settled once",
                    lambda: f"{stream} {receipt}: {version} after {newest}",
                )
                newest[receipt] = version
                points[receipt] += {"points_earned": 1, "points_taken_back": -1}.get(event.type, 0) * event.data.get(
                    "points",
                    0,
                )
                require(
                    points[receipt] == event.data["receipt_points"],
                    "a receipt's points",
                    lambda: f"{stream} {receipt}: {points[receipt]} is not {event.data}",
                )


def redemptions(view: View) -> None:
    """One beginning, at most one end, and what is held is what is open."""
    for stream, events in view.events["loyalty"].items():
        kinds: dict[str, list[str]] = defaultdict(list)
        for event in events:
            if "redemption_id" in event.data:
                kinds[event.data["redemption_id"]].append(event.type)
        for redemption, types in kinds.items():
            require(
                types[0] == "points_reserved" and len(types) <= 2 and types.count("points_reserved") == 1,
                "a redemption ends once",
                lambda: f"{stream} {redemption}: {types}",
            )
    held: dict[UUID, int] = defaultdict(int)
    for row in view.rows("loyalty", "redemptions"):
        held[row["customer_id"]] += row["points"] if row["status"] == "reserved" else 0
    for row in view.rows("loyalty", "account_balance"):
        require(row["reserved"] == held[row["customer_id"]], "reserved = open reservations", lambda: str(row))
