"""Invariants of streams and sales, and what they come to once everything was handled."""

# ruff: noqa: B023 - what a lambda says of a breach is said at once, while its loop stands still
from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import orjson

from shared.kernel.ids import NAMESPACE
from tests.simulation.view import View, require

if TYPE_CHECKING:
    pass


def streams_are_whole(view: View) -> None:
    for service, streams in view.events.items():
        versions = {row["stream_id"]: row["version"] for row in view.rows(service, "stream_state")}
        for stream, events in streams.items():
            numbers = [event.row["stream_version"] for event in events]
            require(numbers == list(range(1, len(numbers) + 1)), "streams without gaps", lambda: f"{stream} {numbers}")
            require(
                versions.get(stream) == len(numbers),
                "state = its stream's version",
                lambda: f"{service} {stream}: state {versions.get(stream)}, events {numbers}",
            )


def ids_follow_from_causes(view: View) -> None:
    """The same cause gives the same ids, whoever handles it and however often."""
    for service, streams in view.events.items():
        for events in streams.values():
            for event in events:
                row = event.row
                cause = orjson.loads(row["metadata"])["causation_id"]
                stream = f"{row['stream_category']}-{row['stream_id']}"
                ids = (_derived(cause, service, stream, event.type, n) for n in range(1, 9))
                require(row["event_id"] in ids, "ids follow from causes", lambda: str(row))


def _derived(*parts: object) -> UUID:
    return uuid5(NAMESPACE, "".join(f"{len(str(part))}:{part}" for part in parts))


def sales_once(view: View) -> None:
    names: dict[tuple[Any, ...], str] = {}
    for stream, events in view.events["stores"].items():
        recorded = [event for event in events if event.type == "receipt_recorded"]
        require(len(recorded) <= 1, "sale once", lambda: f"{stream} was recorded {len(recorded)} times")
        for event in recorded:
            receipt = event.data["receipt"]
            name = tuple([receipt[part] for part in ("store_id", "till_id", "business_date", "number")])
            require(name not in names, "sale once", lambda: f"{name} is {names[name]} and {stream}")
            names[name] = stream


def acknowledged(view: View) -> None:
    """What somebody was told is there."""
    for receipt, product in view.world.told.receipts.items():
        events = view.events["stores"].get(str(receipt))
        require(events is not None, "acknowledged receipts present", f"{receipt} is gone")
        sold = events[0].data["receipt"]["lines"][0]["product"] if events else None
        require(sold == product, "acknowledged receipts present", f"{receipt} holds {sold}, not {product}")
    statuses = {row["redemption_id"]: row for row in view.rows("loyalty", "redemptions")}
    for redemption, (customer, points, status) in view.world.told.redemptions.items():
        row = statuses.get(redemption)
        now = row and (row["customer_id"], row["points"]) == (customer, points) and row["status"]
        later = {"reserved": {"reserved", "confirmed", "cancelled", "expired"}, "cancelled": {"cancelled", "expired"}}
        require(
            now in later.get(status, {status}),
            "acknowledged redemptions stand",
            lambda: f"{redemption}: told {status}, is {row}",
        )
    require(not view.world.told.unlike, "one key, one answer", lambda: view.world.told.unlike[0])


def points_by_a_naive_model(view: View) -> None:  # noqa: C901 - the whole model in one place
    """One point per whole unit of what is left of each receipt, for whoever has it."""
    due: dict[tuple[str, str], int] = {}
    for receipt, events in view.events["stores"].items():
        net, customer = 0, None
        for event in events:
            match event.type:
                case "receipt_recorded":
                    net, customer = event.data["receipt"]["total_minor"], event.data["customer_id"]
                case "receipt_attributed":
                    if customer is not None:
                        due[customer, receipt] = 0
                    customer = event.data["customer_id"]
                case "lines_returned":
                    net -= event.data["returned_minor"]
                case "receipt_voided":
                    net = 0
        if customer is not None:
            due[customer, receipt] = net // 100
    issued: dict[tuple[str, str], int] = defaultdict(int)
    for row in view.entries:
        if row["account"] == "issued":
            issued[str(row["customer_id"]), str(row["receipt_id"])] -= row["points"]
    # A parked sale of somebody who was erased lost its bytes, and its points with them: nobody is owed them.
    purged = {row["key"].decode() for row in view.rows("loyalty", "parked") if row["reason"] == "erased"}
    for key in (key for key in due.keys() | issued.keys() if key[0] not in purged):
        require(
            due.get(key, 0) == issued.get(key, 0),
            "points = a naive model's",
            lambda: f"{key}: due {due.get(key)}, issued {issued.get(key)}",
        )


def receipts_find_their_members(view: View) -> None:
    told = view.world.told
    for receipt, events in view.events["stores"].items():
        first = events[0]
        if first.type != "receipt_recorded" or UUID(receipt) in told.moved:
            continue
        member = told.tokens.get(first.data["receipt"]["member_token"] or "")
        until = first.data["waits_until"]
        waited = until is not None and until < view.world.now().date().isoformat()
        if member is None or member in told.erased or waited:
            continue
        has = first.data["customer_id"]
        for event in events:
            has = event.data.get("customer_id", has) if event.type == "receipt_attributed" else has
        require(has == str(member), "receipts find their members", lambda: f"{receipt} is {has}'s, not {member}'s")


def sums_by_day(view: View) -> None:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for events in view.events["stores"].values():
        for event in events:
            receipt = events[0].data.get("receipt")
            if receipt is None:
                continue
            day = sums[receipt["store_id"], receipt["business_date"]]
            match event.type:
                case "receipt_recorded":
                    day[0] += 1
                    day[1] += receipt["total_minor"]
                case "lines_returned":
                    day[2] += event.data["returned_minor"]
                case "receipt_voided":
                    day[3] += sum(line["amount_minor"] for line in event.data["lines"])
    stored = {
        (row["store_id"], row["business_date"].isoformat()): [
            row["receipts"],
            row["sales_minor"],
            row["returned_minor"],
            row["voided_minor"],
        ]
        for row in view.rows("stores", "store_days")
    }
    require(stored == dict(sums), "sums by day = receipts", lambda: f"{stored} is not {dict(sums)}")


def the_erased_are_gone(view: View) -> None:
    closed = {row["customer_id"]: row["closed"] for row in view.rows("loyalty", "account_balance")}
    for customer in view.world.told.erased:
        require(closed.get(customer) is True, "the erased are gone", f"{customer} has an open account")
        held = [row for row in view.rows("stores", "member_tokens") if row["customer_id"] == customer]
        require(not held, "the erased are gone", f"{customer} still has a card")


def nothing_outlives_its_day(view: View) -> None:
    today = view.world.now().date()
    late = [row for row in view.rows("loyalty", "lots") if row["expires_on"] < today and row["points"] > 0]
    require(not late, "lots expire", lambda: str(late[0]))
