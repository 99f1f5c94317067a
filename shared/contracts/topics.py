"""The topic catalogue: every topic, its key, its partitions and how long it is kept.

Both event logs are made from this list; nothing publishes to a topic that is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RECORD_BYTES_MAX = 2 * 1024 * 1024
"""The largest record that any topic takes, headers included."""


@dataclass(frozen=True)
class Topic:
    """One topic. `key` says in words what orders its records; `owner` is its only writer."""

    name: str
    owner: str
    key: str
    holds: str
    partitions: int = 12
    retention_days: int | None = None
    """None keeps records for ever."""
    cleanup: Literal["delete", "compact"] = "delete"


CATALOGUE: tuple[Topic, ...] = (
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
        holds="registrations, identifiers, consents, erasures; no personal data",
    ),
    Topic(
        "loyalty.events.v1",
        owner="loyalty",
        key="customer",
        holds="points earned, taken back, reserved, burned, expired",
    ),
    Topic(
        "segmentation.scores.v1",
        owner="segmentation",
        key="customer",
        holds="current recency, frequency and money scores, when changed",
        cleanup="compact",
    ),
)

TOPICS: dict[str, Topic] = {topic.name: topic for topic in CATALOGUE}
