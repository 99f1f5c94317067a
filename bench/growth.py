"""Growth: what a receipt costs when a hundred times as much lies behind it.

History and members are made by SQL, row by row as the service itself would have left them, and the consumer then
handles windows of new sales, without Kafka in between: what it costs is the service's and the database's. Every size
is measured once a round. PostgreSQL writes each page whole that is touched for the first time after a checkpoint, which
comes every quarter of an hour; 50,000 receipts that are not measured share that first. Processes side by side are
measured over Kafka, as in `bench.catchup`.
"""

from __future__ import annotations

import gc
import time
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, cast

from bench.catchup import LEDGER, Ours
from bench.feeding import BATCH, PARTITIONS, Given, records
from bench.history import add_accounts, add_history, tidy
from bench.load import Load
from bench.measuring import Sample, in_turn
from bench.processes import server_cpu_s
from bench.servers import Servers, publish
from services.loyalty import bootstrap
from services.loyalty.settings import LoyaltySettings
from shared.contracts.stores import SALES_TOPIC
from shared.database.batch import run as execute
from shared.database.migrate import application_role
from shared.messaging.batches import BatchReader
from shared.messaging.message import TopicPartition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bench.measuring import Options
    from bench.servers import Database
    from shared.messaging.log import EventLog
    from shared.messaging.message import Record

HISTORY = "growth: a receipt when this many lie behind it"
MEMBERS = "growth: a receipt when there are this many members"
PROCESSES = "growth: consumer processes side by side"
UNIT = "us/receipt"
YEAR = 155_000
"""Receipts of a year of the demo's chain."""
YEAR_MEMBERS = 15_500
WARMING = 3
"""Batches at the head of a window that are not measured: another size had the machine's caches before."""
WINDOW = 10
SETTLING = 50
"""Batches after the checkpoint that `tidy` makes, before the first window."""


def run(options: Options) -> Iterator[Sample]:
    """History, members, processes."""
    years = (1, 4) if options.quick else (1, 4, 16)
    accounts = (10_000, 100_000) if options.quick else (10_000, 1_000_000, 10_000_000)
    with Servers(kafka=False) as servers:
        grown = {
            f"{YEAR * n:,} receipts": partial(add_history, members=YEAR_MEMBERS, each=YEAR * n // YEAR_MEMBERS)
            for n in years
        }
        yield from _windows(servers, options, HISTORY, grown, dict.fromkeys(grown, YEAR_MEMBERS))
    with Servers(kafka=False) as servers:
        many = {f"{n:,} members": partial(add_accounts, members=n) for n in accounts}
        yield from _windows(servers, options, MEMBERS, many, dict(zip(many, accounts, strict=True)))
    yield from _side_by_side(options)


def _windows(
    servers: Servers,
    options: Options,
    measure: str,
    grown: Mapping[str, Callable[[Database], None]],
    members: Mapping[str, int],
) -> Iterator[Sample]:
    with ExitStack() as stack:
        consuming: dict[str, Callable[[], Iterable[Sample]]] = {}
        for name, grow in grown.items():
            database = servers.database()
            stack.callback(servers.drop, database)
            grow(database)
            tidy(database)
            windows = Windows(servers, database, Load(10**9, members=members[name]))
            stack.callback(windows.close)
            windows.settle(1 if options.quick else SETTLING)
            consuming[name] = partial(windows.measured, measure, name)
        yield from in_turn(options, consuming)


class Windows:
    """The service's own consumer over one database, fed window by window."""

    def __init__(self, servers: Servers, database: Database, load: Load) -> None:
        self._servers, self._database = servers, database
        self._records = records(load)
        settings = LoyaltySettings(database_url=database.url(application_role("loyalty")), database_schema="loyalty")
        self._service = bootstrap.build(settings)
        consumer = next(c for c in self._service.consumers if c.name == "loyalty.sales")
        self._reader = BatchReader(self._service.engine, consumer, cast("EventLog", Given()))
        self._reader.positions([TopicPartition(SALES_TOPIC, n) for n in range(PARTITIONS)])
        # As the service's own processes do.
        gc.freeze()
        gc.set_threshold(100_000, 20, 20)

    def close(self) -> None:
        """Lets go of the database."""
        self._service.engine.dispose()

    def settle(self, batches: int) -> None:
        """Handles `batches` of what nobody measures."""
        self._handle(list(islice(self._records, BATCH)) for _ in range(batches))

    def measured(self, measure: str, subject: str) -> Iterator[Sample]:
        """One window."""
        batches = [list(islice(self._records, BATCH)) for _ in range(WARMING + WINDOW)]
        self._handle(batches[:WARMING])
        before, server, wall = time.process_time(), self._server_cpu_s(), time.perf_counter()
        self._handle(batches[WARMING:])
        wall, own = time.perf_counter() - wall, time.process_time() - before
        server = self._server_cpu_s() - server
        # The relay's work: what it has told does not stay.
        with self._database.engine("loyalty").begin() as connection:
            execute(connection, "delete from outbox")
        handled = WINDOW * BATCH
        yield Sample(measure, subject, UNIT, wall / handled * 1e6, cpu_s=own, records=handled, server_cpu_s=server)

    def _handle(self, batches: Iterable[list[Record]]) -> None:
        for batch in batches:
            self._reader.handle(batch)

    def _server_cpu_s(self) -> float:
        return server_cpu_s(self._servers.postgres.pid)


def _side_by_side(options: Options) -> Iterator[Sample]:
    load = Load(options.size(60_000, 10_000))
    with Servers() as servers:
        waiting = servers.topics()
        publish(waiting, load.outgoing())
        ours = Ours(servers, waiting, load.sums)
        counts = {str(n): partial(ours.catch_up, f"{n} processes", [LEDGER] * n) for n in (1, 2, 4)}
        for sample in in_turn(options, counts):
            yield replace(sample, measure=PROCESSES)
