"""The read models of one service made again from a stopped system's folder; then the same sources read, nothing done.

python -m bench.subjects.rebuilding DATA_DIR SERVICE
"""

from __future__ import annotations

import resource
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.processes import server_cpu_s
from bench.subjects.telling import tell
from services.attached import Attached
from services.rebuilding import OPERATOR
from services.systems import local_system
from shared.database.batch import fetch
from shared.messaging.message import TopicPartition
from shared.projections.rebuilding import rebuild, sources_of
from shared.projections.sources import PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine

    from shared.messaging.log import EventLog

PAGE_OF_EVENTS = """
select position, stream_category, stream_id, stream_version, event_id, type, schema_version, data::text, metadata::text,
       occurred_at
from events where position > %(after)s order by position limit %(limit)s
"""


def read_events(engine: Engine) -> int:
    """Every column of every event, page by page as a rebuild reads them, and no more."""
    position = seen = 0
    while True:
        with engine.begin() as connection:
            rows = fetch(connection, PAGE_OF_EVENTS, {"after": position, "limit": PAGE})
        if not rows:
            return seen
        seen += len(rows)
        position = rows[-1][0]


def read_topics(event_log: EventLog, topics: Sequence[str]) -> int:
    """Every record of some topics, in the same way."""
    positions = {TopicPartition(topic, n): b.start for topic in topics for n, b in event_log.bounds(topic).items()}
    seen = 0
    while records := event_log.fetch(positions, PAGE):
        seen += len(records)
        for record in records:
            positions[TopicPartition(record.topic, record.partition)] = record.offset + 1
    return seen


@contextmanager
def _told(event: str, name: str, postmaster: int) -> Iterator[dict[str, Any]]:
    """What it takes; the caller adds how many records."""
    found: dict[str, Any] = {}
    wall, own, server = time.perf_counter(), time.process_time(), server_cpu_s(postmaster)
    yield found
    tell(
        event,
        name=name,
        s=time.perf_counter() - wall,
        cpu_s=time.process_time() - own,
        server_cpu_s=server_cpu_s(postmaster) - server,
        **found,
    )


def main() -> None:
    """All of them, one after the other."""
    folder, name = sys.argv[1:]
    system = local_system(Path(folder), processes=False)
    with system, Attached(system.environment(), ExitStack()) as view:
        service = next(service for service in view.services if service.name == name)
        owner = view.owner_engine(name)
        for model in sources_of(service):
            with _told("rebuilt", model, system.postgres_pid) as found:
                report = rebuild(service, model, owner, lambda: view.event_log, actor=OPERATOR)
                found |= {"records": report.read, "blocked_ms": report.blocked_s * 1000}
            if not report.equal:
                raise SystemExit(f"{name}.{model} was not equal: {report.tables}")
        if service.handler.projections:
            with _told("read", "every event", system.postgres_pid) as found:
                found["records"] = read_events(service.engine)
        for topics in sorted({tuple(sorted(model.consumer.topics)) for model in service.topic_read_models}):
            with _told("read", ", ".join(topics), system.postgres_pid) as found:
                found["records"] = read_topics(view.event_log, topics)
        owner.dispose()
    tell("done", peak_memory_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
