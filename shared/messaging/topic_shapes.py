"""What the catalogue asks of a topic on Kafka, and how that differs from what a cluster has. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.contracts.topics import BATCH_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.contracts.topics import Topic

IN_SYNC = "min.insync.replicas"
COPIES_THAT_SURVIVE_ONE = 3
"""From so many copies on, a write waits for two of them, and goes on while one is away."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A topic's partitions, copies, and the settings that we have an opinion on."""

    partitions: int
    copies: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which a topic is not as the catalogue says. `obstacle` says why only a person can mend it."""

    topic: str
    what: str
    wanted: str
    found: str
    obstacle: str = ""


MISSING = "topic"
"""`Difference.what` of a topic that the cluster does not have."""


def shape_of(topic: Topic, copies: int) -> Shape:
    """What `topic` is made with when each record is kept `copies` times."""
    retention = timedelta(days=topic.retention_days) if topic.retention_days is not None else None
    return Shape(
        partitions=topic.partitions,
        copies=copies,
        settings={
            "cleanup.policy": topic.cleanup,
            "retention.ms": str(retention // timedelta(milliseconds=1)) if retention else "-1",
            # A broker's own default must not remove what is kept for ever, nor elect a copy that lacks records.
            "retention.bytes": "-1",
            "unclean.leader.election.enable": "false",
            IN_SYNC: "2" if copies >= COPIES_THAT_SURVIVE_ONE else "1",
            "max.message.bytes": str(BATCH_BYTES_MAX),
            "message.timestamp.type": "LogAppendTime" if topic.timestamps == "broker" else "CreateTime",
            "compression.type": "producer",
        },
    )


def compare(wanted: Mapping[str, Shape], found: Mapping[str, Shape]) -> list[Difference]:
    """Every difference, topic by topic. Topics that nobody asked for are none."""
    differences: list[Difference] = []
    for name, shape in wanted.items():
        if name not in found:
            differences.append(Difference(name, MISSING, f"{shape.partitions} partitions", "none"))
            continue
        has = found[name]
        if has.partitions != shape.partitions:
            obstacle = "another number of partitions sends keys elsewhere, and breaks their order"
            differences.append(
                Difference(name, "partitions", str(shape.partitions), str(has.partitions), obstacle),
            )
        if has.copies != shape.copies:
            obstacle = "copies are moved between brokers by kafka-reassign-partitions"
            differences.append(Difference(name, "replication factor", str(shape.copies), str(has.copies), obstacle))
        for setting, value in shape.settings.items():
            if has.settings.get(setting) == value:
                continue
            # A topic that waits for more copies than it has takes no record any more.
            too_few = setting == IN_SYNC and has.copies < shape.copies
            obstacle = "mend the replication factor first" if too_few else ""
            differences.append(Difference(name, setting, value, has.settings.get(setting, "unknown"), obstacle))
    return differences
