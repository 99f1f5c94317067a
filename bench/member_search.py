"""Finding the member at the counter among a million: by each thing that she may say, one search after the other.

One process serves the API. A clerk sees the members of one of a hundred stores, about two in a hundred of all; the
service desk sees the whole chain, where a surname alone is shared by tens of thousands: the answer then shows some and
says that there are more. Every search names other people, and each answer is under the mask, sorted by when somebody
was last in the caller's stores. Before anything is timed, each kind of search has to find whom it names.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx2

from bench.measuring import Sample, in_turn
from bench.membership import STORES, Person, fill, store
from bench.processes import Subject
from bench.servers import Servers
from bench.serving import Serving, told
from services.customers.application.naming import spellings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.measuring import Options

PATH = "/api/customers/v1/searches"
MEMBERS = 1_000_000
SEARCHES = 200
CLERK_OF = 7
WARM_S = 1.0


def _spelling(kind: str) -> Callable[[Person], str]:
    return lambda person: next(spelling.text for spelling in spellings(person.name) if spelling.kind == kind)


KINDS: dict[str, Callable[[Person], str]] = {
    "card": lambda person: person.card,
    "phone number": lambda person: person.phone,
    "last 4 digits": lambda person: person.phone[-4:],
    "full name": lambda person: person.name,
    "surname": _spelling("surname"),
    "given name": _spelling("given_name"),
    "pinyin": _spelling("pinyin"),
    "initials": _spelling("initials"),
}
"""What is typed of somebody."""


def run(options: Options) -> Iterator[Sample]:
    """Every kind of search, by both callers."""
    members = options.size(MEMBERS, 20_000)
    with Servers(kafka=False) as servers, ExitStack() as parts:
        database, serving = servers.database(), Serving(servers, "customers")
        fill(database, servers.folder / "keys", members)
        servers.settle()
        searching = Searching(servers, serving, serving.api(parts, database), members, options)
        yield from in_turn(options, {"clerk": searching.clerk, "desk": searching.desk})


class Searching:
    """Both callers, one after the other."""

    def __init__(self, servers: Servers, serving: Serving, port: int, members: int, options: Options) -> None:
        self._servers, self._port, self._members = servers, port, members
        self._seconds = options.size(3, 1)
        self._clerk = serving.token("clerk", stores=[store(CLERK_OF)])
        self._desk = serving.token("service_desk")

    def clerk(self) -> Iterator[Sample]:
        """Somebody in a store, who looks for members of it."""
        return self._ask(self._clerk, f"a clerk of one of {STORES} stores")

    def desk(self) -> Iterator[Sample]:
        """Somebody who sees the whole chain."""
        return self._ask(self._desk, "the service desk")

    def _ask(self, token: str, who: str) -> Iterator[Sample]:
        people = [Person(n * STORES + CLERK_OF) for n in range(0, self._members // STORES, self._every)]
        for kind, typed in KINDS.items():
            self._finds(token, people[0], typed(people[0]), must=kind not in {"surname", "given name", "initials"})
            bodies = (json.dumps({"text": typed(person)}) for person in people)
            file = told(self._servers.folder, "searches", token, *bodies)
            self._callers(file, WARM_S)
            found = self._callers(file, self._seconds)
            for quantile in ("p50", "p95"):
                yield Sample(f"member search: by {kind}", who, f"ms, {quantile}", found[quantile])

    @property
    def _every(self) -> int:
        return max(1, self._members // STORES // SEARCHES)

    def _finds(self, token: str, person: Person, text: str, *, must: bool) -> None:
        answer = httpx2.post(
            f"http://127.0.0.1:{self._port}{PATH}",
            json={"text": text, "limit": 50},
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        )
        found = answer.raise_for_status().json()["items"]
        if not found or (must and len(found) < 50 and str(person.id) not in {item["customer_id"] for item in found}):  # noqa: PLR2004 - the page's end
            raise AssertionError(f"{text} does not find {person}: {len(found)}")

    def _callers(self, file: object, seconds: float) -> dict[str, float]:
        log = self._servers.folder / "searching.log"
        with Subject(["bench.subjects.tills", self._port, PATH, 1, seconds, 0, file], log) as asking:
            asking.wait()
            return next(asking.said("done"))
