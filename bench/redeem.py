"""Redeeming at the till: 1 to 100 callers, alone and while the consumers catch up with a backlog.

One process serves the API, as in a small chain; the callers share the machine with it. Beside it a FastAPI that does
nothing on the same server, and pgbench, which updates one row a transaction: what the two halves of an answer cost at
least. Each caller has an account of its own.
"""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bench.catchup import CONSUMER, LEDGER, handled
from bench.feeding import fill_loyalty
from bench.load import Load
from bench.machine import postgres_tool
from bench.measuring import Sample, in_turn
from bench.processes import Subject
from bench.servers import Servers, publish
from bench.serving import Serving, told
from shared.testing.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.measuring import Options
    from bench.servers import Database
    from shared.messaging.kafka_settings import KafkaSettings

CALLERS = (1, 10, 50, 100)
WARM_S = 1.0
UPDATE = """
\\set which random(1, {rows})
update bench_rows set available = available - 1 where id = :which;
"""


def run(options: Options) -> Iterator[Sample]:
    """Every number of callers, for every subject."""
    callers = CALLERS[::3] if options.quick else CALLERS
    seconds = options.size(2, 1)
    with Servers() as servers:
        waiting = servers.topics()
        load = Load(options.size(100_000, 20_000))
        publish(waiting, load.outgoing())
        redeem = Redeem(servers, waiting, load.records, callers, seconds)
        subjects = {
            "alone": redeem.alone,
            "during": redeem.during,
            "nothing": redeem.nothing,
            "pgbench": redeem.pgbench,
        }
        yield from in_turn(options, subjects)


class Redeem:
    """One subject after the other; each round has fresh accounts."""

    def __init__(
        self, servers: Servers, waiting: KafkaSettings, records: int, callers: tuple[int, ...], seconds: float
    ) -> None:
        self._servers, self._records = servers, records
        self._callers, self._seconds = callers, seconds
        self._serving = Serving(servers, "loyalty", waiting)

    def alone(self) -> Iterable[Sample]:
        """Nothing else is going on."""
        with ExitStack() as parts:
            database, file = self._filled(parts)
            port = self._serving.api(parts, database)
            yield from self._call(port, file, "regulars, alone")

    def during(self) -> Iterable[Sample]:
        """A consumer of the same service works through a backlog meanwhile."""
        with ExitStack() as parts:
            database, file = self._filled(parts)
            port = self._serving.api(parts, database)
            environment = self._serving.environment(database)
            log = self._servers.folder / f"{database.name}-consumer.log"
            consumer = parts.enter_context(Subject(LEDGER, log, environment))
            connection = parts.enter_context(database.engine("loyalty").connect())
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            before = handled(connection)
            until(lambda: handled(connection) > before, timeout_s=60, what=f"{CONSUMER} to begin")
            yield from self._call(port, file, "regulars, during catch-up")
            consumer.check()
            if handled(connection) - before >= self._records:
                raise AssertionError("the backlog was gone before the callers were done: make it larger")

    def nothing(self) -> Iterable[Sample]:
        """The same server and the same callers, and no work."""
        with ExitStack() as parts:
            file = told(self._servers.folder, "nobody", "token", "nobody")
            yield from self._call(self._serving.nothing(parts), file, "limit: FastAPI doing nothing")

    def pgbench(self) -> Iterable[Sample]:
        """An update of one row, without Python."""
        database = self._servers.database()
        with database.superuser() as connection:
            connection.exec_driver_sql("create table bench_rows (id integer primary key, available bigint not null)")
            connection.exec_driver_sql("insert into bench_rows select n, 1000000 from generate_series(1, 1000) as n")
            connection.commit()
        for callers in self._callers:
            yield from self._pgbench(database, callers)
        self._servers.drop(database)

    def _pgbench(self, database: Database, callers: int) -> Iterable[Sample]:
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "update.sql"
            script.write_text(UPDATE.format(rows=1_000))
            subprocess.run(  # noqa: S603 - our own command
                [
                    str(postgres_tool("pgbench")),
                    *("-n", "-M", "prepared", "-T", str(int(self._seconds)), "-f", str(script), "-l"),
                    *("-c", str(callers), "-j", str(min(2, callers)), database.conninfo),
                ],
                cwd=folder,
                capture_output=True,
                check=True,
            )
            logs = [path.read_text() for path in Path(folder).glob("pgbench_log.*")]
        took = sorted(int(line.split()[2]) / 1000 for text in logs for line in text.splitlines())
        found = {f"p{p}": took[min(len(took) - 1, len(took) * p // 100)] for p in (50, 95, 99)}
        yield from _samples(callers, "limit: pgbench, one row updated", found, len(took) / self._seconds)

    def _filled(self, parts: ExitStack) -> tuple[Database, Path]:
        """A database with accounts that have points, and a file that tells callers of them."""
        database = self._servers.database()
        parts.callback(self._servers.drop, database)
        load = Load(2_000, members=300, name="callers")
        fill_loyalty(database, load)
        with database.superuser() as connection:
            found = connection.exec_driver_sql(
                "select customer_id from loyalty.account_balance order by available desc limit 100",
            )
            members = [str(row[0]) for row in found]
        file = told(
            self._servers.folder, f"{database.name}.callers", self._serving.token("operator", "operator"), *members
        )
        return database, file

    def _call(self, port: int, file: Path, name: str) -> Iterable[Sample]:
        self._callers_of(port, file, 1, WARM_S)
        for callers in self._callers:
            found = self._callers_of(port, file, callers, self._seconds)
            yield from _samples(callers, name, found, found["per_s"])

    def _callers_of(self, port: int, file: Path, callers: int, seconds: float) -> dict[str, float]:
        log = self._servers.folder / f"callers-{port}-{callers}.log"
        with Subject(["bench.subjects.callers", port, callers, seconds, file], log) as calling:
            calling.wait()
            return next(calling.said("done"))


def _samples(callers: int, name: str, found: dict[str, float], per_s: float) -> Iterator[Sample]:
    measure = f"redeem: {callers} caller{'s' * (callers > 1)}"
    for quantile in ("p50", "p95", "p99"):
        yield Sample(measure, name, f"ms, {quantile}", found[quantile])
    yield Sample(measure, name, "calls/s", per_s)
