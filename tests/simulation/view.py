"""What the checker looks at: committed rows and the log, read once, as JSON. None of the services' code is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from tests.simulation.schema import Row

if TYPE_CHECKING:
    from tests.simulation.world import World

SALES, MEMBERS_TOPIC, POINTS = "stores.sales.v1", "customers.events.v1", "loyalty.events.v1"
READS = {
    "loyalty.sales": (
        SALES,
        {f"stores.sale_{fact}.v1" for fact in ["recorded", "attributed", "detached", "returned", "voided"]},
    ),
    "loyalty.customers": (MEMBERS_TOPIC, {"customers.registered.v1", "customers.erased.v1"}),
    "stores.members": (MEMBERS_TOPIC, {"customers.identifier_linked.v1", "customers.erased.v1"}),
}
URGENT = {"customers.erased.v1"}
TOLD = {
    "stores": {"receipt_recorded", "lines_returned", "receipt_voided", "receipt_attributed"},
    "loyalty": {f"points_{fact}" for fact in ["earned", "taken_back", "reserved", "redeemed", "released", "expired"]},
}


class Breach(AssertionError):
    """An invariant does not hold."""

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant


@dataclass
class Event:
    """A stored event, read as JSON."""

    row: Row
    type: str
    data: dict[str, Any]


@dataclass
class View:
    """What is looked at, read once."""

    world: World
    events: dict[str, dict[str, list[Event]]] = field(default_factory=dict)
    """Service -> stream -> its events in order."""
    records: dict[str, list[tuple[str, str, Any]]] = field(default_factory=dict)
    """Topic -> (event id, type, record) in the log's order."""

    def __post_init__(self) -> None:
        for service in ("stores", "loyalty"):
            streams: dict[str, list[Event]] = defaultdict(list)
            for row in self.rows(service, "events"):
                streams[row["stream_id"]].append(Event(row, row["type"], orjson.loads(row["data"])))
            for events in streams.values():
                events.sort(key=lambda event: event.row["stream_version"])
            self.events[service] = dict(streams)
        for topic in (SALES, MEMBERS_TOPIC, POINTS):
            heads = ((record, orjson.loads(record.headers)) for record in self.world.log.all(topic))
            self.records[topic] = [(head["ce_id"], head["ce_type"], record) for record, head in heads]

    def rows(self, service: str, table: str) -> list[Row]:
        return self.world.database.rows(service, table)

    @property
    def entries(self) -> list[Row]:
        return sorted(
            self.rows("loyalty", "ledger_entries"),
            key=lambda row: (str(row["customer_id"]), row["version"], row["entry_no"]),
        )


def require(holds: bool, invariant: str, detail: Callable[[], str] | str) -> None:
    if not holds:
        raise Breach(invariant, detail if isinstance(detail, str) else detail())
