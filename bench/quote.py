"""Quotes at the till: 20 campaigns run, each basket has ten lines, and six of them have an offer.

One process serves the API, as in a small chain; the tills share the machine with it. In a closed loop a till asks again
as soon as it has its answer, which finds the most that can be done; paced, each till asks once a second, as tills do at
their busiest. During catch-up, a worker of the same service works through a backlog of sales meanwhile. Before a round
is timed, each basket's saving is compared with plain arithmetic.

Beside it a FastAPI that does nothing on the same server, and django-oscar's offer applicator on the same baskets, with
the same savings: without HTTP, token, or a query of its own, its offers and the basket in memory, so that what is
compared is the deciding alone. Its time is of one basket after the other.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bench.baskets import KINDS, PIECES, baskets, campaigns
from bench.load import Load
from bench.measuring import Sample, in_turn
from bench.processes import Subject
from bench.running_campaigns import API, Marketing
from bench.servers import Servers, publish
from bench.serving import Serving, told
from services.local import free_port
from shared.database.batch import fetch
from shared.testing.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from bench.measuring import Options
    from bench.servers import Database

TILLS = (1, 10, 50, 100)
PACE_S = 1.0
BASKETS = 200
WARM_S = 1.0
PATH = f"{API}/quotes"
OSCAR = "django-oscar, its applicator alone"


def run(options: Options) -> Iterator[Sample]:
    """Every number of tills, for every subject."""
    with Servers() as servers:
        waiting = servers.topics()
        load = Load(options.size(100_000, 20_000))
        publish(waiting, load.outgoing())
        quote = Quote(servers, Serving(servers, "campaigns", waiting), options)
        subjects = {
            "alone": quote.alone,
            "during": quote.during,
            "nothing": quote.nothing,
            "oscar": quote.oscar,
        }
        yield from in_turn(options, subjects)


class Quote:
    """One subject after the other; each round has campaigns of its own."""

    def __init__(self, servers: Servers, serving: Serving, options: Options) -> None:
        self._servers, self._serving = servers, serving
        self._tills = TILLS[::2] if options.quick else TILLS
        self._seconds = options.size(3, 1)
        self._paced_s = options.size(5, 2)
        self._campaigns, self._baskets = campaigns(), baskets(BASKETS)

    def alone(self) -> Iterable[Sample]:
        """Nothing else is going on."""
        with ExitStack() as parts:
            _, port = self._running(parts)
            yield from self._ask(port, self._bodies(), "regulars, alone")

    def during(self) -> Iterable[Sample]:
        """A worker of the same service works through a backlog meanwhile."""
        with ExitStack() as parts:
            database, port = self._running(parts)
            worker = self._serving.start(parts, database, "consumers", free_port())
            connection = parts.enter_context(database.engine("campaigns").connect())
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            until(lambda: _handled(connection) > 0, timeout_s=60, what="the worker to begin")
            yield from self._ask(port, self._bodies(), "regulars, during catch-up")
            worker.check()
            before = _handled(connection)
            until(lambda: _handled(connection) > before, timeout_s=5, what="more of the backlog: make it larger")

    def nothing(self) -> Iterable[Sample]:
        """The same server, the same tills, and no work."""
        with ExitStack() as parts:
            yield from self._ask(self._serving.nothing(parts), self._bodies(), "limit: FastAPI doing nothing")

    def oscar(self) -> Iterable[Sample]:
        """Another product's rules, in a process of its own."""
        file = self._servers.folder / "oscar.json"
        file.write_text(
            json.dumps(
                {
                    "pieces": PIECES,
                    "kinds": [campaign.kind for campaign in self._campaigns.values()],
                    "products": list(self._campaigns),
                    "terms": {kind: self._term(kind) for kind in KINDS},
                    "baskets": [basket.lines for basket in self._baskets],
                    "saves": [basket.saves(self._campaigns) for basket in self._baskets],
                }
            )
        )
        log = self._servers.folder / "oscar.log"
        with Subject(["bench.subjects.oscar_offers", self._seconds, file], log, peer=True) as subject:
            subject.wait()
            found = next(subject.said("done"))
        yield from _samples("1 till, closed loop", OSCAR, found)

    def _term(self, kind: str) -> dict[str, object]:
        [offer] = [c.draft()["offer"] for c in list(self._campaigns.values())[: len(KINDS)] if c.kind == kind]
        return {name: value for name, value in offer.items() if name != "conditions"}

    def _running(self, parts: ExitStack) -> tuple[Database, int]:
        """A database where the campaigns run, and the port of its API, which was asked for every basket once."""
        database = self._servers.database()
        parts.callback(self._servers.drop, database)
        port = self._serving.api(parts, database)
        marketing = Marketing(self._serving, database, port)
        parts.callback(marketing.close)
        marketing.start(campaign.draft() for campaign in self._campaigns.values())
        for basket in self._baskets:
            answer = marketing.post("operator", "quotes", basket.body())
            if (answer["total_minor"], answer["discount_minor"]) != (basket.total_minor, basket.saves(self._campaigns)):
                raise AssertionError(f"{basket} saves {basket.saves(self._campaigns)}, not as {answer}")
        return database, port

    def _bodies(self) -> Path:
        bodies = (json.dumps(basket.body()) for basket in self._baskets)
        return told(self._servers.folder, "baskets", self._serving.token("operator"), *bodies)

    def _ask(self, port: int, file: Path, name: str) -> Iterator[Sample]:
        self._tills_of(port, file, 1, WARM_S, 0)
        for tills in self._tills:
            setting = f"{tills} till{'s' * (tills > 1)}"
            found = self._tills_of(port, file, tills, self._seconds, 0)
            yield from _samples(f"{setting}, closed loop", name, found)
            if tills > 1:
                found = self._tills_of(port, file, tills, self._paced_s, PACE_S)
                yield from _samples(f"{setting}, each asks once a second", name, found)

    def _tills_of(self, port: int, file: Path, tills: int, seconds: float, pace_s: float) -> dict[str, float]:
        log = self._servers.folder / f"tills-{port}-{tills}.log"
        with Subject(["bench.subjects.tills", port, PATH, tills, seconds, pace_s, file], log) as asking:
            asking.wait()
            return next(asking.said("done"))


def _handled(connection: Connection) -> int:
    rows = fetch(connection, "select coalesce(sum(next_offset), 0)::bigint from consumer_offsets")
    return int(rows[0][0])


def _samples(setting: str, name: str, found: dict[str, float]) -> Iterator[Sample]:
    for quantile in ("p50", "p95", "p99"):
        yield Sample(f"quote: {setting}", name, f"ms, {quantile}", found[quantile])
    yield Sample(f"quote: {setting}", name, "quotes/s", found["per_s"])
