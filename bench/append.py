"""Appending events: 1 and 500 a transaction, 1 to 8 writers, each a process, each event the first of its stream.

Ours is `EventStore.append` itself: the events, and each stream's state, which guards its version. Nothing is decided,
told or projected.
"""

from __future__ import annotations

import re
import subprocess
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import text

from bench.machine import postgres_tool
from bench.measuring import Sample, in_turn
from bench.processes import Subject
from bench.servers import Servers
from shared.database.migrate import application_role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.measuring import Options
    from bench.servers import Database

UNIT = "events/s"
WRITERS = (1, 4, 8)
SIZES = (1, 500)
PGBENCH = """
insert into loyalty.events (stream_category, stream_id, stream_version, event_id, type, schema_version, data, metadata,
                            occurred_at)
values ('account', gen_random_uuid()::text, 1, gen_random_uuid(), 'account_opened', 1,
        '{"receipt_id":"5f0c1f8e-7c58-4c4e-9f6d-0d6a1a2b3c4d","receipt_version":1,"net_minor":12345,"currency":"CNY",
          "business_date":"2026-03-01","expires_on":"2028-03-31","receipt_points":123,"points":123,"available":4567}',
        '{"causation_id":"5f0c1f8e-7c58-4c4e-9f6d-0d6a1a2b3c4d","actor":"bench"}', now());
"""


def run(options: Options) -> Iterator[Sample]:
    """Every subject with every size and number of writers."""
    seconds = options.size(2, 1)
    writers_of = WRITERS[::2] if options.quick else WRITERS
    with Servers(kafka=False) as servers:
        append = Append(servers, seconds)
        subjects = {}
        for size in SIZES:
            for writers in writers_of:
                case = (f"append: {size} at a time, {writers} writer{'s' * (writers > 1)}", size, writers)
                subjects[f"store-{size}-{writers}"] = partial(
                    append.ours, *case, "store", "regulars, EventStore.append"
                )
                subjects[f"eventsourcing-{size}-{writers}"] = partial(append.eventsourcing, *case)
                subjects[f"copy-{size}-{writers}"] = partial(
                    append.ours, *case, "copy", "limit: bare COPY of the events"
                )
                if size == 1:
                    subjects[f"pgbench-{writers}"] = partial(append.pgbench, *case)
        yield from in_turn(options, subjects)


class Append:
    """One case after the other, each on tables that are empty."""

    def __init__(self, servers: Servers, seconds: float) -> None:
        self._servers, self._seconds = servers, seconds

    def ours(self, measure: str, size: int, writers: int, kind: str, name: str) -> Iterable[Sample]:
        """The event store, or COPY into its table of events."""
        database = self._servers.database()
        url = database.url(application_role("loyalty"))
        arguments = ["bench.subjects.append_ours", kind, size, writers, self._seconds, url]
        yield self._run(database, measure, name, arguments, table="loyalty.events", first=size * writers)

    def eventsourcing(self, measure: str, size: int, writers: int) -> Iterable[Sample]:
        """The recorder's own insert."""
        database = self._servers.database()
        url = database.superuser_url
        arguments = ["bench.subjects.append_eventsourcing", size, writers, self._seconds]
        arguments += [url.query["host"], url.username, url.database]
        yield self._run(
            database,
            measure,
            "eventsourcing 9.5, insert_events",
            arguments,
            table="application_events",
            first=size * writers,
        )

    def pgbench(self, measure: str, _size: int, writers: int) -> Iterable[Sample]:
        """A client in C that inserts a row a transaction: no client in Python can be faster."""
        database = self._servers.database()
        script = self._servers.folder / "insert.sql"
        script.write_text(" ".join(PGBENCH.split()))
        said = subprocess.run(  # noqa: S603 - our own command
            [
                str(postgres_tool("pgbench")),
                *("-n", "-M", "prepared", "-T", str(int(self._seconds)), "-f", str(script)),
                *("-c", str(writers), "-j", str(min(2, writers)), database.conninfo),
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = re.search(r"tps = ([0-9.]+)", said)
        if found is None:
            raise RuntimeError(said)
        self._servers.drop(database)
        yield Sample(measure, "limit: pgbench, one row", UNIT, float(found[1]))

    def _run(
        self, database: Database, measure: str, name: str, arguments: list[object], *, table: str, first: int
    ) -> Sample:
        peer = arguments[0] == "bench.subjects.append_eventsourcing"
        with Subject(arguments, self._servers.folder / f"{database.name}.log", peer=peer) as subject:
            subject.wait()
            told = next(subject.said("done"))
        # Each writer's first append is not counted in the rate, but its rows are there.
        with database.superuser() as connection:
            rows = connection.scalar(text(f"select count(*) from {table}"))
        self._servers.drop(database)
        if rows != told["events"] + first:
            raise AssertionError(f"{name} counted {told['events']} and {first}, the table has {rows}")
        return Sample(measure, name, UNIT, told["per_s"])
