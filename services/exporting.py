"""`regulars log export` on a stopped embedded system: topics, records, offsets, and last the folder's profile."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from services.kafka_local import LocalKafka
from services.profile import LOCAL, Profile, WrongFolderError
from shared.contracts.topics import TOPICS
from shared.messaging.kafka_settings import KafkaSettings
from shared.messaging.log_export import copy, move_offsets, plan
from shared.messaging.log_kafka import KafkaLog
from shared.messaging.topics_kafka import apply_catalogue

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from services.attached import Attached


@dataclass(frozen=True, slots=True)
class Moved:
    """What an export did, all runs of it together."""

    records: int
    topics: int
    offsets: int


def export_log(
    system: Attached,
    data_dir: Path,
    to_kafka: str,
    replication: int,
    show: Callable[[int, int], None],
) -> Moved:
    """Moves the log of `system`; `show(done, total)` is told how far it is.

    Raises `TransientError` when Kafka does not answer, and what `shared.messaging.log_export.plan` raises.
    """
    profile = Profile.of(data_dir)
    if profile.kafka is not None:
        msg = f"the log of {data_dir} is on Kafka already ({profile.kafka})"
        raise WrongFolderError(msg)
    with ExitStack() as parts:
        servers = to_kafka
        if to_kafka == LOCAL:
            servers = parts.enter_context(LocalKafka(data_dir.absolute() / "kafka")).bootstrap_servers
        settings = KafkaSettings(bootstrap_servers=servers, replication_factor=replication)
        apply_catalogue(settings)
        target = KafkaLog(settings)
        parts.callback(target.close)
        source = system.event_log
        shares = plan(source, target, TOPICS)
        total = sum(share.source.end - share.source.start for share in shares)
        done = sum(share.copied for share in shares)
        show(done, total)

        def copied(records: int) -> None:
            nonlocal done
            done += records
            show(done, total)

        copy(source, target, shares, copied)
        offsets = sum(move_offsets(service.engine, source, target, shares) for service in system.services)
    # Last: until here the folder is an embedded one, and the same command goes on.
    replace(profile, kafka=to_kafka).keep(data_dir)
    return Moved(total, len(TOPICS), offsets)
