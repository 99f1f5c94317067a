"""Rebuilding the read models of `loyalty` from a year of a chain, beside a bare read of the same events.

Each is what `regulars rebuild` runs, in a process of its own: a shadow table filled from all events, the switch, and
the comparison of every row with the live table, which has to find them equal.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bench.feeding import fill_loyalty
from bench.load import Load
from bench.measuring import Sample, in_turn
from bench.processes import Subject, watch
from bench.servers import Servers
from shared.database.migrate import application_role, owner_role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bench.measuring import Options
    from bench.servers import Database

READ_MODELS = ("ledger_entries", "account_balance", "lots", "receipt_points")
"""Those that a year of sales fills; `redemptions` has nothing to read in it."""
MEASURE = "rebuild: from a year of events"
SECONDS = "s"
HELD = "ms, writers held"


def run(options: Options) -> Iterator[Sample]:
    """Every read model, and the bare read."""
    load = Load(options.size(150_000, 10_000))
    with Servers(kafka=False) as servers:
        database = servers.database()
        fill_loyalty(database, load)
        names = [*READ_MODELS, "read"]
        subjects = {name: partial(_rebuild, servers, database, name) for name in names}
        yield from in_turn(options, subjects)


def _rebuild(servers: Servers, database: Database, name: str) -> Iterable[Sample]:
    urls = database.url(owner_role("loyalty")), database.url(application_role("loyalty"))
    log = servers.folder / f"rebuild-{name}.log"
    servers.settle()
    with Subject(["bench.subjects.rebuilding", *urls, name], log) as subject:
        looks = watch([subject], servers.postgres.pid, lambda: any(subject.said("done")), 1)
        subject.wait()
    began, done = next(subject.said("began"))["at"], next(subject.said("done"))
    first = max((look for look in looks if look.at <= began), key=lambda look: look.at)
    subject_name = "limit: bare read of every event" if name == "read" else f"regulars, {name}"
    yield Sample(
        MEASURE,
        subject_name,
        SECONDS,
        done["at"] - began,
        peak_memory_mib=looks[-1].peak_memory_mib,
        cpu_s=looks[-1].own_cpu_s - first.own_cpu_s,
        records=done["events"],
        server_cpu_s=looks[-1].server_cpu_s - first.server_cpu_s,
    )
    if name != "read":
        yield Sample(MEASURE, subject_name, HELD, done["blocked_ms"])
