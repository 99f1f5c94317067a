"""The topic catalogue: every topic, its key, its partitions and how long it is kept.

Both event logs are made from this list; nothing publishes to a topic that is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RECORD_BYTES_MAX = 2 * 1024 * 1024
"""The largest record that any topic takes, headers included."""
BATCH_BYTES_MAX = RECORD_BYTES_MAX + 64 * 1024
"""What a broker must take at once: it counts the frame around a batch of records and around each header as well."""


@dataclass(frozen=True)
class Topic:
    """One topic. `key` says in words what orders its records; `owner` is its only writer; `tills` are outside."""

    name: str
    owner: str
    key: str
    holds: str
    partitions: int = 12
    retention_days: int | None = None
    """None keeps records for ever."""
    cleanup: Literal["delete", "compact"] = "delete"
    timestamps: Literal["producer", "broker"] = "producer"
    """Whose clock says how old a record is. A till's may be years off: the broker would refuse what comes from its
    future, and retention would remove at once what comes from its past."""


CATALOGUE: tuple[Topic, ...] = (
    Topic(
        "pos.receipts.v1",
        owner="tills",
        key="till",
        holds="receipts as tills write them, with member tokens (in)",
        retention_days=30,
        timestamps="broker",
    ),
    Topic(
        "stores.sales.v1",
        owner="stores",
        key="customer, else receipt",
        holds="sales as they stand: recorded, attributed, detached, returned, voided",
    ),
    Topic(
        "stores.registry.v1",
        owner="stores",
        key="store",
        holds="stores and tills as they are now",
        partitions=1,
        cleanup="compact",
    ),
    Topic(
        "customers.events.v1",
        owner="customers",
        key="customer",
        holds="registrations, identifiers, consents, openings to stores, complaints, erasures; no personal data",
    ),
    Topic(
        "loyalty.events.v1",
        owner="loyalty",
        key="customer",
        holds="points earned, taken back, reserved, burned, expired; what partners owe each other",
    ),
    Topic(
        "segmentation.scores.v1",
        owner="segmentation",
        key="customer",
        holds="current recency, frequency and money scores, when changed",
        cleanup="compact",
    ),
    Topic(
        "segmentation.memberships.v1",
        owner="segmentation",
        key="customer",
        holds="who entered and left which segment, with the reason",
    ),
    Topic(
        "campaigns.events.v1",
        owner="campaigns",
        key="campaign or customer",
        holds="campaigns started, paused and ended; arms; offers redeemed and returned; funding shares",
    ),
    Topic(
        "notifications.requests.v1",
        owner="campaigns",
        key="customer",
        holds="messages that members shall get",
        retention_days=30,
    ),
    Topic(
        "notifications.events.v1",
        owner="notifications",
        key="customer",
        holds="messages planned, deferred, suppressed with the rule, sent, failed; unsubscriptions",
    ),
)

TOPICS: dict[str, Topic] = {topic.name: topic for topic in CATALOGUE}
