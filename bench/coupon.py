"""One hot budget: everybody wants the same offer in the same moment.

First the last ten uses, for which 200 tills ask at once: how long until the last of them has its answer, and exactly
ten are given something. Then checkouts (reserving, not only asking) without an end, all on one campaign's budget, where
each waits for the one before, and beside it on twenty budgets, where they seldom meet. pgbench, which updates one and
the same row in a transaction, is what a lock and a commit cost at least.
"""

from __future__ import annotations

import json
import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from bench.baskets import Campaign, campaigns
from bench.machine import postgres_tool
from bench.measuring import Sample, in_turn
from bench.processes import Subject
from bench.running_campaigns import API, Marketing
from bench.servers import Servers
from bench.serving import Serving, told
from bench.subjects.tills import NEW_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from bench.measuring import Options

PATH = f"{API}/checkouts"
RIVALS, USES = 200, 10
TILLS = (1, 10, 50)
WARM_S = 1.0
LAST = f"coupon: {RIVALS} tills ask for the last {USES} uses"
HOT = "coupon: checkouts"
ENOUGH = 10**9
UPDATE = "update bench_rows set available = available - 1 where id = 1;\n"


def run(options: Options) -> Iterator[Sample]:
    """The last uses, and every number of tills on one budget and on twenty."""
    with Servers(kafka=False) as servers:
        coupon = Coupon(servers, Serving(servers, "campaigns"), options)
        subjects = {
            "last": coupon.last,
            "one": coupon.one,
            "twenty": coupon.twenty,
            "pgbench": coupon.pgbench,
        }
        yield from in_turn(options, subjects)


class Coupon:
    """One subject after the other; each round has campaigns of its own."""

    def __init__(self, servers: Servers, serving: Serving, options: Options) -> None:
        self._servers, self._serving = servers, serving
        self._tills = TILLS[::2] if options.quick else TILLS
        self._seconds = options.size(3, 1)

    def last(self) -> Iterable[Sample]:
        """Exactly so many are given something."""
        with ExitStack() as parts:
            [campaign, *_] = campaigns().values()
            port = self._running(parts, [_draft(campaign, USES)])
            found = self._ask(port, [campaign], RIVALS, 0)
            if (found["asked"], found["given"]) != (RIVALS, USES):
                raise AssertionError(f"{found['given']} of {found['asked']} were given one of {USES} uses")
            for quantile in ("p50", "p99"):
                yield Sample(LAST, "regulars, one budget", f"ms, {quantile}", found[quantile])
            yield Sample(LAST, "regulars, one budget", "ms, all of them", found["elapsed_s"] * 1000)

    def one(self) -> Iterable[Sample]:
        """All on one budget."""
        [campaign, *_] = campaigns().values()
        return self._without_end([campaign], "regulars, one budget")

    def twenty(self) -> Iterable[Sample]:
        """Each on one of twenty."""
        return self._without_end(list(campaigns().values()), "regulars, twenty budgets")

    def pgbench(self) -> Iterable[Sample]:
        """The lock, the write and the commit, without Python."""
        database = self._servers.database()
        with database.superuser() as connection:
            connection.exec_driver_sql("create table bench_rows (id integer primary key, available bigint not null)")
            connection.exec_driver_sql("insert into bench_rows values (1, 1000000000)")
            connection.commit()
        script = self._servers.folder / "hot.sql"
        script.write_text(UPDATE)
        for tills in self._tills:
            said = subprocess.run(  # noqa: S603 - our own command
                [
                    str(postgres_tool("pgbench")),
                    *("-n", "-M", "prepared", "-T", str(int(self._seconds)), "-f", str(script)),
                    *("-c", str(tills), "-j", str(min(2, tills)), database.conninfo),
                ],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            per_s = float(said.partition("tps = ")[2].split()[0])
            yield Sample(f"{HOT}, {_tills(tills)}", "limit: pgbench, one and the same row", "checkouts/s", per_s)
        self._servers.drop(database)

    def _without_end(self, on: list[Campaign], name: str) -> Iterator[Sample]:
        with ExitStack() as parts:
            port = self._running(parts, [_draft(campaign, ENOUGH) for campaign in on])
            self._ask(port, on, 1, WARM_S)
            for tills in self._tills:
                found = self._ask(port, on, tills, self._seconds)
                if found["given"] != found["asked"]:
                    raise AssertionError(f"{found['asked']} asked and {found['given']} were given something")
                yield Sample(f"{HOT}, {_tills(tills)}", name, "checkouts/s", found["per_s"])
                for quantile in ("p50", "p99"):
                    yield Sample(f"{HOT}, {_tills(tills)}", name, f"ms, {quantile}", found[quantile])

    def _running(self, parts: ExitStack, drafts: list[dict[str, Any]]) -> int:
        database = self._servers.database()
        parts.callback(self._servers.drop, database)
        port = self._serving.api(parts, database)
        marketing = Marketing(self._serving, database, port)
        parts.callback(marketing.close)
        marketing.start(drafts)
        return port

    def _ask(self, port: int, on: list[Campaign], tills: int, seconds: float) -> dict[str, float]:
        log = self._servers.folder / f"checkouts-{port}-{tills}.log"
        with Subject(["bench.subjects.tills", port, PATH, tills, seconds, 0, self._bodies(on)], log) as asking:
            asking.wait()
            return next(asking.said("done"))

    def _bodies(self, on: list[Campaign]) -> Path:
        bodies = (json.dumps(_checkout(campaign)) for campaign in on)
        return told(self._servers.folder, "checkouts", self._serving.token("operator"), *bodies)


def _draft(campaign: Campaign, uses: int) -> dict[str, Any]:
    return {**campaign.draft(), "budget": {"uses": uses, "currency": "CNY"}}


def _checkout(campaign: Campaign) -> dict[str, Any]:
    lines = [{"line": 1, "product": campaign.product, "quantity": 3, "amount_minor": 6_000}]
    return {"checkout_id": NEW_ID, "store": "S000", "till": "1", "currency": "CNY", "coupons": [], "lines": lines}


def _tills(tills: int) -> str:
    return f"{tills} till{'s' * (tills > 1)}"
