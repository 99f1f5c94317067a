"""The topic catalogue on a Kafka cluster: what differs, and mending what can be mended in place.

For operators, the demo and tests; a service that starts never makes a topic.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, NoError, TopicAlreadyExistsError, for_code

from shared.contracts.topics import CATALOGUE
from shared.kernel.errors import RegularsError, TransientError
from shared.messaging.topic_shapes import MISSING, Shape, compare, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shared.contracts.topics import Topic
    from shared.messaging.kafka_settings import KafkaSettings
    from shared.messaging.topic_shapes import Difference

REQUEST_TIMEOUT_MS = 15_000
VISIBLE_S_MAX = 15.0
LOOK_EVERY_S = 0.05


class TopicsDiffer(RegularsError):
    """What is left after `apply_catalogue` mended all that it could."""

    def __init__(self, mended: Sequence[Difference], left: Sequence[Difference]) -> None:
        self.mended, self.left = mended, left
        super().__init__("; ".join(f"{d.topic}: {d.what} is {d.found}, not {d.wanted}: {d.obstacle}" for d in left))


class CatalogueRefused(RegularsError):
    """The cluster does not take what the catalogue asks for; the message says what and what to do."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How a cluster differs from the catalogue. `unknown` topics are somebody else's, and no difference."""

    differences: Sequence[Difference]
    unknown: Sequence[str]


def find_drift(settings: KafkaSettings, catalogue: Sequence[Topic] = CATALOGUE) -> Drift:
    """Compares; changes nothing. Raises `TransientError` when Kafka does not answer."""
    with _admin(settings) as admin:
        wanted = _wanted(settings, catalogue)
        names = [str(name) for name in admin.list_topics()]
        differences = compare(wanted, _found(admin, wanted.keys() & set(names)))
    ours = [name for name in names if name.startswith(settings.topic_prefix) and not name.startswith("__")]
    return Drift(differences, sorted(set(ours) - wanted.keys()))


def apply_catalogue(settings: KafkaSettings, catalogue: Sequence[Topic] = CATALOGUE) -> Sequence[Difference]:
    """Makes missing topics and sets what differs; what was mended. Repeatable, also twice at once.

    Raises `TopicsDiffer` when something is left that only a person can mend, `CatalogueRefused` when the cluster
    refuses, and `TransientError` when it does not answer.
    """
    differences = find_drift(settings, catalogue).differences
    mendable = [difference for difference in differences if not difference.obstacle]
    wanted = _wanted(settings, catalogue)
    with _admin(settings) as admin:
        _make(admin, {d.topic: wanted[d.topic] for d in mendable if d.what == MISSING})
        changes: dict[str, dict[str, str]] = {}
        for difference in mendable:
            if difference.what != MISSING:
                changes.setdefault(difference.topic, {})[difference.what] = difference.wanted
        _change(admin, changes)
    left = [difference for difference in differences if difference.obstacle]
    if left:
        raise TopicsDiffer(mendable, left)
    return mendable


def _wanted(settings: KafkaSettings, catalogue: Sequence[Topic]) -> dict[str, Shape]:
    return {settings.physical(topic.name): shape_of(topic, settings.replication_factor) for topic in catalogue}


def _found(admin: KafkaAdminClient, names: set[str]) -> dict[str, Shape]:
    if not names:
        return {}
    configs = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, n) for n in names], config_filter="all")
    return {
        topic["name"]: Shape(
            partitions=len(topic["partitions"]),
            copies=min(len(partition["replica_nodes"]) for partition in topic["partitions"]),
            settings={name: str(value["value"]) for name, value in configs["topic"][topic["name"]].items()},
        )
        for topic in admin.describe_topics(sorted(names))
    }


def _make(admin: KafkaAdminClient, shapes: Mapping[str, Shape]) -> None:
    if not shapes:
        return
    brokers, copies = len(admin.describe_cluster()["brokers"]), max(shape.copies for shape in shapes.values())
    if copies > brokers:
        raise CatalogueRefused(
            f"{copies} copies of each topic need {copies} brokers, the cluster has {brokers}; start more, or set"
            f" REGULARS_KAFKA_REPLICATION_FACTOR to at most {brokers}",
        )
    answer = admin.create_topics(
        {
            name: {
                "num_partitions": shape.partitions,
                "replication_factor": shape.copies,
                "configs": dict(shape.settings),
            }
            for name, shape in shapes.items()
        },
        raise_errors=False,
    )
    for topic in answer["topics"]:
        # Somebody else may have made it meanwhile: the next comparison tells whether as we would.
        if (error := for_code(topic["error_code"])) not in {NoError, TopicAlreadyExistsError}:
            raise CatalogueRefused(f"Kafka does not make {topic['name']}: {topic['error_message'] or error.__name__}")
    admin.wait_for_topics(list(shapes), timeout_ms=VISIBLE_S_MAX * 1_000)


def _change(admin: KafkaAdminClient, changes: Mapping[str, Mapping[str, str]]) -> None:
    if not changes:
        return
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, dict(values)) for name, values in changes.items()]
    for name, result in admin.alter_configs(resources)["topic"].items():
        if result != "OK":
            raise CatalogueRefused(f"Kafka does not change {name}: {result}")
    # The controller has agreed; brokers hear of it a moment later, and whoever asks one now is told the old value.
    deadline = time.monotonic() + VISIBLE_S_MAX
    while not _visible(_found(admin, set(changes)), changes):
        if time.monotonic() > deadline:
            raise TransientError(f"Kafka agreed, and shows no change after {VISIBLE_S_MAX:.0f} s: {', '.join(changes)}")
        time.sleep(LOOK_EVERY_S)


def _visible(found: Mapping[str, Shape], changes: Mapping[str, Mapping[str, str]]) -> bool:
    return all(values.items() <= found[name].settings.items() for name, values in changes.items())


@contextmanager
def _admin(settings: KafkaSettings) -> Iterator[Any]:
    try:
        with KafkaAdminClient(
            **settings.kafka_python_options(),
            client_id="regulars-topics",
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            bootstrap_timeout_ms=REQUEST_TIMEOUT_MS,
        ) as admin:
            yield admin
    except KafkaError as error:
        message = f"Kafka at {settings.bootstrap_servers} does not answer: {type(error).__name__}"
        raise TransientError(message) from error
