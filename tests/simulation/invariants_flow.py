"""Invariants of what is told, offered and handled between the services."""

# ruff: noqa: B023 - what a lambda says of a breach is said at once, while its loop stands still
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import orjson

from tests.simulation.log import PARTITIONS
from tests.simulation.schema import Row
from tests.simulation.view import POINTS, READS, SALES, TOLD, URGENT, Breach, View, require

if TYPE_CHECKING:
    from tests.simulation.world import World


def nothing_untold(view: View) -> None:
    """Every event that others need to know is on its way or in the log."""
    for service, topic in (("stores", SALES), ("loyalty", POINTS)):
        there = {id_ for id_, _, _ in view.records[topic]}
        for table in ("outbox", "outbox_parked"):
            there |= {str(row["event_id"]) for row in view.rows(service, table)}
        for stream, events in view.events[service].items():
            lost = [
                e.row["event_id"] for e in events if e.type in TOLD[service] and str(e.row["event_id"]) not in there
            ]
            require(not lost, "no event is lost on its way", lambda: f"{service} {stream}: {lost}")


def told_in_order(view: View) -> None:
    """Within a key, what the log says first of each event is in the order of the versions."""
    for topic, subject, version in (
        (SALES, "receipt_id", "receipt_version"),
        (POINTS, "customer_id", "account_version"),
    ):
        seen: set[str] = set()
        newest: dict[tuple[bytes, str], int] = {}
        for id_, _, record in view.records[topic]:
            if id_ not in seen:
                seen.add(id_)
                body = orjson.loads(record.body)
                key = (record.key, body[subject])
                require(
                    newest.get(key, 0) < body[version], "order within a key", lambda: f"{topic} {key} {body[version]}"
                )
                newest[key] = body[version]


def offered(view: View) -> None:
    """Below a consumer's offset everything was handled or is parked, and what was passed over is nothing."""
    for consumer, (topic, types) in READS.items():
        service = consumer.partition(".")[0]
        reached = {
            row["partition"]: row["next_offset"]
            for row in view.rows(service, "consumer_offsets")
            if row["consumer"] == consumer
        }
        handled = _handled(view, consumer)
        for id_, type_, record in view.records[topic]:
            if type_ in types and record.offset < reached.get(record.partition, 0):
                require(
                    handled(id_, record),
                    "offered = applied + duplicate + refused + parked",
                    lambda: f"{consumer}: {type_} {id_} at {record.partition}/{record.offset} was passed over",
                )
        for gap in view.rows(service, "consumer_gaps"):
            inside = [
                record.offset
                for _, _, record in view.records[gap["topic"]]
                if record.partition == gap["partition"] and gap["from_offset"] <= record.offset < gap["to_offset"]
            ]
            require(not inside, "gaps are the log's own", lambda: f"{gap} holds {inside}")


def _handled(view: View, consumer: str) -> Callable[[str, Any], bool]:
    """Whether a consumer has done with a record: claimed it, parked it, or knows its receipt's version."""
    service = consumer.partition(".")[0]
    claimed = {str(row["event_id"]) for row in view.rows(service, "inbox") if row["consumer"] == consumer}
    parked = {
        (row["topic"], row["partition"], row["offset"])
        for row in view.rows(service, "parked")
        if row["consumer"] == consumer
    }
    settled = {
        (str(row["customer_id"]), str(row["receipt_id"])): row["version"]
        for row in view.rows("loyalty", "receipt_points")
    }

    def handled(id_: str, record: Any) -> bool:
        if (record.topic, record.partition, record.offset) in parked:
            return True
        if consumer != "loyalty.sales":
            return id_ in claimed
        # Versions say it: this consumer keeps no claims.
        sale = orjson.loads(record.body)
        customer = sale["customer_id"]
        return customer is None or settled.get((customer, sale["receipt_id"]), 0) >= sale["receipt_version"]

    return handled


def parked_waits(view: View) -> None:
    """What is parked has had no effect, and what came after it with its key waits behind it."""
    for consumer, (topic, types) in READS.items():
        service = consumer.partition(".")[0]
        reached = {
            row["partition"]: row["next_offset"]
            for row in view.rows(service, "consumer_offsets")
            if row["consumer"] == consumer
        }
        parked = {
            (row["partition"], row["offset"]): row
            for row in view.rows(service, "parked")
            if row["consumer"] == consumer and row["reason"] != "erased"
        }
        since: dict[bytes, int] = {}
        for (_, offset), row in parked.items():
            since[row["key"]] = min(offset, since.get(row["key"], offset))
        # A copy of what is parked and claimed is dropped: whatever is redriven is handled once.
        before = {orjson.loads(row["headers"])["ce_id"] for row in parked.values() if row["claimed"]}
        newest: dict[tuple[str, str], int] = {}
        for id_, type_, record in view.records[topic]:
            handled = record.offset < reached.get(record.partition, 0)
            waits = (record.partition, record.offset) in parked
            if type_ in types and handled and not waits:
                require(
                    record.offset < since.get(record.key, record.offset + 1) or id_ in before or type_ in URGENT,
                    "followers wait behind the parked",
                    lambda: f"{consumer}: {type_} {id_} at {record.offset}, parked since {since[record.key]}",
                )
                before.add(id_)
                if consumer == "loyalty.sales":
                    sale = orjson.loads(record.body)
                    key = (sale["customer_id"], sale["receipt_id"])
                    newest[key] = max(sale["receipt_version"], newest.get(key, 0))
        if consumer == "loyalty.sales":
            for row in view.rows("loyalty", "receipt_points"):
                key = (str(row["customer_id"]), str(row["receipt_id"]))
                require(
                    row["version"] <= newest.get(key, 0),
                    "the parked has no effect",
                    lambda: f"{row} although only version {newest.get(key)} was handled",
                )


def drained(view: View) -> None:
    for line in left_over(view.world):
        raise Breach("everything drains", line)


def left_over(world: World, *, parked: bool = True) -> Iterator[str]:  # noqa: C901 - a list of what may be left
    """What is not done yet; without `parked`, what waits for a bug to be mended is done."""
    for till in world.tills:
        if till.asks:
            yield f"{till._name} asks {till.asks[0].path} for the {till.asks[0].tries}th time"
    if not world.registration.done:
        yield "registrations are to be told"
    for service in ("stores", "loyalty"):
        for table in ("outbox", "outbox_parked", "parked") if parked else ("outbox", "outbox_parked"):
            rows = [row for row in world.database.rows(service, table) if row.get("reason") != "erased"]
            if rows:
                yield f"{service}.{table} holds {len(rows)} rows: {_brief(rows[0])}"
        for consumer, (topic, _) in READS.items():
            if consumer.startswith(service):
                reached = {
                    row["partition"]: row["next_offset"]
                    for row in world.database.rows(service, "consumer_offsets")
                    if row["consumer"] == consumer
                }
                for partition in range(PARTITIONS):
                    end = world.log.end_of(topic, partition)
                    if reached.get(partition, 0) < end:
                        yield f"{consumer} stands at {reached.get(partition)} of {end} in partition {partition}"


def _brief(row: Row) -> str:
    return str({name: row[name] for name in ("id", "consumer", "topic", "reason", "detail") if name in row})


def handled_all(view: View) -> None:
    """Every record of a type that a consumer reads was handled by it."""
    for consumer, (topic, types) in READS.items():
        handled = _handled(view, consumer)
        for id_, type_, record in view.records[topic]:
            require(
                type_ not in types or handled(id_, record),
                "every record is handled",
                lambda: f"{consumer}: {type_} {id_}",
            )
