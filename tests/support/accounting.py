"""What became of every record that the log ever offered: nothing may be missing, and nothing may come from nowhere."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from shared.database.batch import fetch
from shared.kernel.ids import derived_id
from shared.messaging.message import Record, TopicPartition

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from shared.messaging.log import EventLog

READS = {
    "stores.receipts": ("",),
    "stores.members": ("customers.identifier_linked.", "customers.erased."),
    "loyalty.customers": ("customers.registered.", "customers.erased."),
    "segmentation.sales": ("stores.sale_",),
    "segmentation.customers": ("customers.registered.", "customers.consent_", "customers.erased."),
    "customers.unsubscribed": ("notifications.unsubscribed.",),
    "notifications.requests": ("notifications.send_requested.",),
    "notifications.customers": ("customers.erased.",),
}
"""Which types each consumer has to claim, by how they begin: said a second time, apart from the consumers."""
REPEATABLE = {
    *(
        f"{service}.visibility"
        for service in ("customers", "loyalty", "segmentation", "campaigns", "notifications", "console")
    ),
    "loyalty.bonuses",
    "loyalty.fundings",
    "customers.timeline",
    "campaigns.checkout_sales",
    "campaigns.segments",
    "campaigns.members",
    "campaigns.sales",
    "campaigns.messages",
    "campaigns.stores",
    "notifications.facts",
    "notifications.sales",
    "console.sales",
    "console.members",
    "console.stores",
    "console.news",
}
"""They keep no claims: handling a record again changes nothing. What they made is compared by a rebuild."""
SALES = "loyalty.sales"
"""Keeps no claims either, since the versions of receipts say what was settled: held against those."""
RECEIPTS = "pos.receipts.v1"
PAGE = 5_000


def account_for_records(connection: Connection, event_log: EventLog) -> Counter[str]:
    """Holds what a service's consumers did against what the log offered them, record by record.

    What was offered up to a consumer's offset is claimed, or a copy of what is claimed, or parked, or of a type that
    the consumer passes over. Raises `AssertionError` that names the first record with which nothing was done, or the
    first claim of what was never offered.
    """
    counted: Counter[str] = Counter()
    standing = _places(connection)
    bounds = {topic: event_log.bounds(topic) for topic in {p.topic for places in standing.values() for p in places}}
    starts = {TopicPartition(topic, n): held.start for topic, each in bounds.items() for n, held in each.items()}
    for consumer, places in standing.items():
        if consumer in REPEATABLE:
            continue
        if consumer == SALES:
            counted += _account_for_sales(connection, event_log, places, starts)
            continue
        claims = {
            (source, id_)
            for source, id_ in fetch(
                connection,
                "select source, event_id from inbox where consumer = %(consumer)s",
                {"consumer": consumer},
            )
        }
        parked = _parked(connection, consumer)
        offered: set[tuple[str, UUID]] = set()
        for partition, end in places.items():
            for record in _records(event_log, partition, starts[partition], end):
                found = _ids(record) & claims
                if found:
                    counted["duplicate" if found <= offered else "claimed"] += 1
                    offered |= found
                elif (partition, record.offset) in parked:
                    counted["parked"] += 1
                elif _type(record).startswith(READS[consumer]):
                    raise AssertionError(f"{consumer} did nothing with {partition} offset {record.offset}")
                else:
                    counted["passed over"] += 1
            counted["in flight"] += max(0, bounds[partition.topic][partition.partition].end - end)
        nowhere = claims - offered
        assert not nowhere, f"{consumer} has claimed {len(nowhere)} that the log never offered, such as {min(nowhere)}"
    return counted


def _account_for_sales(
    connection: Connection,
    event_log: EventLog,
    places: dict[TopicPartition, int],
    starts: dict[TopicPartition, int],
) -> Counter[str]:
    """Each sale of a member is settled by its own version or a newer one, or parked; of nobody, passed over."""
    counted: Counter[str] = Counter()
    settled = {
        (str(customer_id), str(receipt_id)): version
        for customer_id, receipt_id, version in fetch(
            connection,
            "select customer_id, receipt_id, version from receipt_points",
        )
    }
    parked = _parked(connection, SALES)
    for partition, end in places.items():
        for record in _records(event_log, partition, starts[partition], end):
            if (partition, record.offset) in parked:
                counted["parked"] += 1
                continue
            # Not by a stricter parser than the consumers': NaN in a field that nobody reads stops none of them.
            sale = json.loads(record.body or b"{}")
            if sale.get("customer_id") is None:
                counted["passed over"] += 1
            elif settled.get((sale["customer_id"], sale["receipt_id"]), 0) >= sale["receipt_version"]:
                counted["settled"] += 1
            else:
                raise AssertionError(f"{SALES} did nothing with {partition} offset {record.offset}")
    return counted


def _places(connection: Connection) -> dict[str, dict[TopicPartition, int]]:
    """consumer -> partition -> the offset up to which it was handled."""
    places: dict[str, dict[TopicPartition, int]] = {}
    for consumer, topic, partition, offset in fetch(
        connection,
        "select consumer, topic, partition, next_offset from consumer_offsets",
    ):
        places.setdefault(consumer, {})[TopicPartition(topic, partition)] = offset
    return places


def _parked(connection: Connection, consumer: str) -> set[tuple[TopicPartition, int]]:
    return {
        (TopicPartition(topic, partition), offset)
        for topic, partition, offset in fetch(
            connection,
            'select topic, partition, "offset" from parked where consumer = %(consumer)s',
            {"consumer": consumer},
        )
    }


def _records(event_log: EventLog, partition: TopicPartition, at: int, end: int) -> Iterator[Record]:
    while at < end:
        page = event_log.fetch({partition: at}, PAGE)
        yield from (record for record in page if record.offset < end)
        if not page:
            return
        at = page[-1].offset + 1


def _ids(record: Record) -> set[tuple[str, UUID]]:
    """Under which names a record may have been claimed: (source, id)."""
    if record.topic == RECEIPTS:
        unread = derived_id("unread", record.topic, record.partition, record.offset)
        body = derived_id("pos.receipt.v1", hashlib.sha256(record.body or b"").hexdigest())
        return {("/tills", unread), ("/tills", body)}
    headers = orjson.loads(record.headers)
    try:
        return {(headers["ce_source"], UUID(headers["ce_id"]))}
    except (KeyError, ValueError):
        return set()


def _type(record: Record) -> str:
    return str(orjson.loads(record.headers).get("ce_type", ""))
