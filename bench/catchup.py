"""Catching up: receipts that wait on Kafka become a durable ledger. Beside it peers doing the same, and bare limits.

Time runs from the moment when every process has its partitions until the last record is committed; what was handled
before (the first of two processes begins alone) is not counted. After each round every ledger has to say what the
generator says. `eventsourcing` gets fewer records, since it would take too long; its tables stay smaller for it.

*The ledger alone* is a process that runs nothing but `loyalty.sales`; *a whole worker* is what a chain runs
(`regulars serve loyalty --role consumers`), which reads the same records a second time, to know where members are seen.
Both decide, append events, keep entries, lots, balances and states, and fill the outbox; what is told from there is the
relay's work, in another process. `eventsourcing` keeps events and nothing beside them. Quix Streams keeps sums and no
ledger; what it has made durable lies in its changelog topic, so on a Kafka that does not wait for its disk. Bare COPY
writes the rows of our ledger in as many transactions, but rows that change many times only once.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from bench.ledger_rows import dump_ledger
from bench.load import Load
from bench.measuring import Sample, in_turn
from bench.processes import Subject, watch
from bench.servers import Servers, log_environment, publish
from shared.contracts.stores import SALES_TOPIC
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from bench.load import Sums
    from bench.measuring import Options, Subjects
    from bench.processes import Look
    from bench.servers import Database
    from shared.messaging.kafka_settings import KafkaSettings

MEASURE = "catch-up: receipts from Kafka to a durable ledger"
UNIT = "receipts/s"
CONSUMER = "loyalty.sales"
BATCH = 1_000
COUNTED_MIN = 0.25
"""Of the records, what has to be left when everybody has begun."""
ATTEMPTS_MAX = 3
WORKER = ("services.cli", "serve", "loyalty", "--role", "consumers", "--port", "0")
LEDGER = ("bench.subjects.loyalty_sales",)


def run(options: Options) -> Iterator[Sample]:
    """Every subject, in turn."""
    many, few = Load(options.size(60_000, 20_000)), Load(options.size(6_000, 4_000))
    fewest = Load(options.size(2_000, 1_000))
    with Servers() as servers:
        waiting, fewer, fewest_waiting = servers.topics(), servers.topics(), servers.topics()
        publish(waiting, many.outgoing())
        publish(fewer, few.outgoing())
        publish(fewest_waiting, fewest.outgoing())
        ours, peers = Ours(servers, waiting, many.sums), Peers(servers, waiting, many.sums)
        subjects: Subjects = {
            "ledger-1": partial(ours.catch_up, "regulars, the ledger alone, 1 process", [LEDGER]),
            "ledger-2": partial(ours.catch_up, "regulars, the ledger alone, 2 processes", [LEDGER] * 2),
            "worker-1": partial(ours.catch_up, "regulars, a whole worker, 1 process", [WORKER]),
            "eventsourcing-500": partial(Peers(servers, fewer, few.sums).eventsourcing, 500),
            "eventsourcing-1": partial(Peers(servers, fewest_waiting, fewest.sums).eventsourcing, 1),
            "quix": peers.quix,
            "copy": partial(peers.copy, ours),
            "faststream": peers.faststream,
        }
        yield from in_turn(options, subjects)


class LittleLeft(RuntimeError):
    """Partitions were shared out again when most was handled: what is left says nothing of so many processes."""


class Ours:
    """The product's own processes over the records that wait."""

    def __init__(self, servers: Servers, waiting: KafkaSettings, sums: Sums) -> None:
        self._servers, self._waiting, self._sums = servers, waiting, sums
        self._dumped: Path | None = None

    def catch_up(self, name: str, commands: Sequence[Sequence[str]]) -> Iterable[Sample]:
        """One round on an empty database; again when Kafka shared the partitions out too late to measure anything."""
        for attempt in range(1, ATTEMPTS_MAX + 1):
            database = self._servers.database()
            try:
                yield self._catch_up(database, name, commands)
            except LittleLeft:
                if attempt == ATTEMPTS_MAX:
                    raise
            else:
                return
            finally:
                self._servers.drop(database)

    def rows(self) -> Path:
        """A folder with the rows of a finished ledger, one file per table."""
        if self._dumped is None:
            database = self._servers.database()
            self._catch_up(database, "", [LEDGER])
            self._dumped = dump_ledger(database, self._servers.folder / "rows")
            self._servers.drop(database)
        return self._dumped

    def _catch_up(self, database: Database, name: str, commands: Sequence[Sequence[str]]) -> Sample:
        environment = database.environment("loyalty", self._servers.folder) | log_environment(self._waiting)
        engine = database.engine("loyalty")
        with ExitStack() as parts:
            processes = [
                parts.enter_context(Subject(command, self._servers.folder / f"{database.name}-{n}.log", environment))
                for n, command in enumerate(commands)
            ]
            connection = parts.enter_context(engine.connect())
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            pid = self._servers.postgres.pid
            looks = watch(processes, pid, lambda: handled(connection), self._sums.records)
            check_ledger(connection, self._sums)
        done = looks[-1].at
        return _sample(name, looks, _assigned_at(processes, done), done)


class Peers:
    """Others over the same records, and the bare limits."""

    def __init__(self, servers: Servers, waiting: KafkaSettings, sums: Sums) -> None:
        self._servers, self._waiting, self._sums = servers, waiting, sums

    @property
    def _source(self) -> tuple[str, str, int]:
        return self._waiting.bootstrap_servers, self._waiting.physical(SALES_TOPIC), self._sums.records

    def eventsourcing(self, batch: int) -> Iterable[Sample]:
        """An aggregate per account; `batch` receipts in one save."""
        database = self._servers.database()
        url = database.superuser_url
        where = (url.query["host"], url.username, url.database)
        name = f"eventsourcing 9.5, {f'{batch} receipts' if batch > 1 else 'a receipt'} a save, 1 process"
        arguments = ["bench.subjects.eventsourcing_ledger", *self._source, *where, batch]
        yield self._run(name, database, arguments, peer=True)
        self._servers.drop(database)

    def quix(self) -> Iterable[Sample]:
        """The same sums in a state store; no ledger."""
        database = self._servers.database()
        folder = self._servers.folder / f"{self._waiting.topic_prefix}{database.name}"
        module = "bench.subjects.quix_sums"
        yield self._run("Quix Streams, sums alone, 1 process", database, [module, *self._source, folder], peer=True)
        self._servers.drop(database)

    def copy(self, ours: Ours) -> Iterable[Sample]:
        """The rows of our own ledger, and nothing else."""
        rows = ours.rows()
        database = self._servers.database()
        arguments = ["bench.subjects.copy_rows", rows, -(-self._sums.records // BATCH), database.conninfo]
        yield self._run("limit: bare COPY of the ledger's rows, 1 connection", database, arguments)
        with database.engine("loyalty").connect() as connection:
            check_ledger(connection, self._sums)
        self._servers.drop(database)

    def faststream(self) -> Iterable[Sample]:
        """Consuming, and nothing else."""
        database = self._servers.database()
        arguments = ["bench.subjects.faststream_consume", *self._source, database.name]
        yield self._run("limit: bare FastStream batches, nothing done", database, arguments)
        self._servers.drop(database)

    def _run(self, name: str, database: Database, arguments: Sequence[object], *, peer: bool = False) -> Sample:
        """Runs a subject that tells when it began and when it was done."""
        with Subject(arguments, self._servers.folder / f"{database.name}.log", peer=peer) as subject:

            def handled_by_it() -> int:
                return self._sums.records if any(subject.said("done")) else 0

            looks = watch([subject], self._servers.postgres.pid, handled_by_it, self._sums.records)
            subject.wait()
        for told in subject.said("sums"):
            wanted = asdict(self._sums)
            if any(wanted[what] != value for what, value in told.items() if what in wanted):
                raise AssertionError(f"{name} says {told}, the generator {wanted}")
        began, done = next(subject.said("began"))["at"], next(subject.said("done"))["at"]
        return _sample(name, looks, began, done)


def _sample(name: str, looks: Sequence[Look], began: float, done: float) -> Sample:
    """Of the time from `began` to `done`. What was handled before, if the looks tell it, counts for nobody."""
    first, last = next(look for look in looks if look.at >= began), looks[-1]
    start = first.at if first.handled else began
    records = last.handled - first.handled
    if records < last.handled * COUNTED_MIN:
        raise LittleLeft(f"{name} was given its partitions again when {last.handled - first.handled} were left")
    return Sample(
        MEASURE,
        name,
        UNIT,
        records / (done - start),
        peak_memory_mib=last.peak_memory_mib,
        cpu_s=last.own_cpu_s - first.own_cpu_s,
        records=records,
        server_cpu_s=last.server_cpu_s - first.server_cpu_s,
    )


def handled(connection: Connection) -> int:
    """How many sales the ledger has handled."""
    rows = fetch(
        connection,
        "select coalesce(sum(next_offset), 0)::bigint from consumer_offsets where consumer = %(consumer)s"
        " and topic = %(topic)s",
        {"consumer": CONSUMER, "topic": SALES_TOPIC},
    )
    return int(rows[0][0])


def _assigned_at(processes: Sequence[Subject], before: float) -> float:
    """When the last of them got its partitions; what the others get when one has stopped in the end does not count."""
    moments = [
        datetime.fromisoformat(said["timestamp"]).timestamp()
        for process in processes
        for said in process.said("partitions_assigned")
        if said["consumer"] == CONSUMER
    ]
    return max(moment for moment in moments if moment < before)


def check_ledger(connection: Connection, sums: Sums) -> None:
    """Raises unless the ledger says what the generator says."""
    found = fetch(
        connection,
        "select (select coalesce(-sum(points) filter (where account = 'issued'), 0)::bigint from ledger_entries),"
        " (select count(*) from (select 1 from ledger_entries group by transaction_id having sum(points) <> 0) as x),"
        " (select count(*) from receipt_points),"
        " (select coalesce(sum(available), 0)::bigint from account_balance),"
        " (select count(*) from account_balance)",
    )[0]
    wanted = (sums.points, 0, sums.receipts, sums.points, sums.members)
    if tuple(found) != wanted:
        raise AssertionError(f"the ledger says {found}, the generator {wanted}")
