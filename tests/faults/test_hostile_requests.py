"""Requests that nobody should send, to every route there is: over a real server, against real tables.

Routes, parameters and bodies are found in the application itself: a new route is covered by being there. What is wrong
is refused by a problem that names it, never by an error of ours; nothing of it is kept; memory stays flat.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import psutil
import pytest

from shared.access.users import Users
from shared.runtime.access import Access
from shared.runtime.http import _LARGE_BODIES, BODY_BYTES_MAX, RECEIPTS_BODY_BYTES_MAX, build_app
from tests.conftest import fresh_database
from tests.support.access import access, bearer, issuer
from tests.support.contents import changed, contents
from tests.support.four_stores import FourStores
from tests.support.hostile_http import Answer, Caller, serving
from tests.support.hostile_routes import Operation, operations
from tests.support.hostile_values import MARK, ODD, WRONG, Place, replaced, written
from tests.support.proof import WHOLE

if TYPE_CHECKING:
    from fastapi import FastAPI

    from shared.database.embedded import EmbeddedPostgres
    from tests.support.proof_keeping import Proof

EVERYTHING = ("operator", "privacy_officer", "service", "service_desk")
"""Roles that together may call every route, everywhere."""
OPEN = {"GET /livez", "GET /readyz", "GET /metrics", "GET /.well-known/openid-configuration"}
IN_PATH = dict(enumerate(("%00", "%FF", "x" * 5_000, "..%2F..", "%E2%80%AE", "9" * 4_500, "%25s%27--", "%0A")))
IN_QUERY = dict(
    enumerate(("%00", "%FF", "x" * 5_000, "", "-1", "9" * 4_500, "NaN", "%E2%80%AE", "9999-12-31", "0001-01-01"))
)
_HEADERS = [
    *(("Idempotency-Key", value) for value in ("", "x" * 256, "\xff" * 300, " ")),
    *(("X-Correlation-Id", value) for value in ("\xff", "x" * 5_000)),
    *(("traceparent", value) for value in ("00-" + "f" * 5_000, "\xff", "ff-00-00-00")),
    *(("Content-Type", value) for value in ("", "\xff", "application/json; charset=no-such", "application/xml")),
    *(("Accept", value) for value in ("\xff", "application/xml")),
    ("Origin", "null"),
    ("Range", "bytes=0-0,-1"),
    ("Expect", "100-continue"),
]
IN_HEADERS = {(name, number): value for number, (name, value) in enumerate(_HEADERS)}
NOTED = {"console.audit_log", "console.audit_log_head"}
"""Where it is noted who took members out of the page: some of the odd ways to ask for that file are good ones."""
GROWTH_BYTES_MAX = 64 * 1024 * 1024
T = TypeVar("T")


pytestmark = pytest.mark.timeout(600 if WHOLE else 120)


@pytest.fixture(scope="module")
def chain(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FourStores]:
    with fresh_database(postgres) as database, FourStores(database, tmp_path_factory.mktemp("keys")) as made:
        made.open_for_business()
        yield made


@pytest.fixture(scope="module")
def app(chain: FourStores, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    users = Users(tmp_path_factory.mktemp("users"))
    return build_app(list(chain.services.values()), access=Access(access().verifier, issuer(), users))


@pytest.fixture(scope="module")
def caller(app: FastAPI) -> Iterator[Caller]:
    with serving(app) as port, closing(Caller(port, bearer(EVERYTHING))) as made:
        yield made


@pytest.fixture(scope="module")
def routes(app: FastAPI) -> list[Operation]:
    return list(operations(app))


def sends(caller: Caller, route: Operation, body: Any, **headers: str) -> Answer:
    return caller.call(route.method, route.at(), body, {"Content-Type": "application/json"} | headers)


def is_refused(answer: Answer, *named: str) -> bool:
    """By a problem that names what is wrong; a batch may refuse item by item."""
    refused = answer.is_problem or (answer.status == 200 and "invalid" in answer.text)
    return refused and any(name in answer.text for name in named)


def refuses(route: Operation, answer: Answer) -> bool:
    """By a problem; a member who follows a link is told by a page."""
    return answer.is_problem or (route.path.endswith("/unsubscribe/{token}") and answer.status == 404)


def some(values: Mapping[T, str], turn: int) -> list[tuple[T, str]]:
    """All in a whole run; in a slice a few, others at each turn."""
    every = list(values.items())
    return every if WHOLE else [every[(turn + n * 4) % len(every)] for n in range(len(every) // 3)]


def kept(chain: FourStores, before: Mapping[str, str]) -> dict[str, str]:
    """What is wrong if something of calls that change nothing is anywhere."""
    found = changed(before, contents(chain.database)) - NOTED
    return {"kept something": str(found)} if found else {}


def route_limit(route: Operation) -> int:
    return RECEIPTS_BODY_BYTES_MAX if route.path in _LARGE_BODIES else BODY_BYTES_MAX


def listed(wrong: dict[str, str]) -> str:
    return "\n".join(f"{what}: {said}" for what, said in wrong.items())


def _name(place: Place) -> str:
    return next(part for part in reversed(place) if isinstance(part, str))


def test_the_hunt_knows_every_route(routes: list[Operation], chain: FourStores) -> None:
    served = {
        f"{method} /api/{service.name}/v1{route.path}"
        for service in chain.services.values()
        for route in service.router.routes
        for method in route.methods  # type: ignore[attr-defined]
    }
    assert served | OPEN | {"POST /api/access/v1/sign-in"} <= set(map(str, routes))
    assert all(route.body for route in routes if route.path.endswith(("/receipts", "/batch", "/lookups", "/sign-in")))


def test_no_field_of_any_body_takes_what_is_wrong(
    routes: list[Operation], caller: Caller, chain: FourStores, proof: Proof
) -> None:
    wrong: dict[str, str] = {}
    tried = 0
    before = contents(chain.database)
    for route in routes:
        good = route.example(route.body or {})
        for place, schema in route.places():
            for what, value in some(WRONG, tried):
                if what == "an object" and schema.get("type") == "object":
                    continue
                if what == "a long text" and schema.get("maxLength", 0) >= len(value):
                    continue
                tried += 1
                answer = sends(caller, route, written(replaced(good, place, MARK), value))
                if not is_refused(
                    answer, _name(place), "deeper than", "not JSON", "cannot be taken", "username", "body"
                ):
                    wrong[f"{route} {place} {what}"] = str(answer)
    wrong |= kept(chain, before)
    assert not wrong, listed(wrong)
    assert tried > 250
    proof(
        "wrong values in every field of every route's body",
        case="7",
        promises=["P6"],
        invariants=["4xx names the field", "tables unchanged"],
        note=f"{tried} requests to {len(routes)} routes",
    )


def test_no_odd_value_is_an_error_of_ours(routes: list[Operation], caller: Caller, proof: Proof) -> None:
    wrong: dict[str, str] = {}
    tried = 0
    for route in routes:
        good = route.example(route.body or {})
        for place, _ in route.places():
            for what, value in some(ODD, tried):
                tried += 1
                answer = sends(caller, route, written(replaced(good, place, MARK), value))
                if not (200 <= answer.status < 300 or answer.is_problem):
                    wrong[f"{route} {place} {what}"] = str(answer)
    assert not wrong, listed(wrong)
    proof("odd values in every field of every route's body", case="7", promises=["P6"], invariants=["no 5xx"])


def test_no_body_that_is_broken_as_a_whole_is_taken(
    routes: list[Operation], caller: Caller, chain: FourStores, proof: Proof
) -> None:
    wrong: dict[str, str] = {}
    before = contents(chain.database)
    for route in (route for route in routes if route.body is not None):
        good = json.dumps(route.example(route.body)).encode()
        if route.path.endswith("/sweeps"):
            # It may come without a body.
            continue
        bodies: dict[str, tuple[bytes, dict[str, str]]] = {
            "nothing": (b"", {}),
            "truncated": (good[:-2], {}),
            "two documents": (good + good, {}),
            "a list": (b"[1]", {}),
            "a text": (b'"x"', {}),
            "null": (b"null", {}),
            "not UTF-8": (good[:-1] + b', "x": "\xff"}', {}),
            "zipped": (gzip.compress(good), {"Content-Encoding": "gzip"}),
            "a bomb": (gzip.compress(b" " * 16 * 1024 * 1024), {"Content-Encoding": "gzip"}),
            "a form": (b"a=1&b=2", {"Content-Type": "application/x-www-form-urlencoded"}),
            "parts": (b"--x--", {"Content-Type": "multipart/form-data; boundary=x"}),
            "too large": (b" " * (route_limit(route) + 1), {}),
        }
        for what, (body, headers) in bodies.items():
            answer = sends(caller, route, body, **headers)
            if not answer.is_problem or (what == "too large" and answer.status != 413):
                wrong[f"{route} {what}"] = str(answer)
        # Without a length: nobody can tell beforehand how much it will be.
        answer = sends(caller, route, iter([b" " * 65_536] * (route_limit(route) // 65_536 + 2)))
        if answer.status not in {413, 0}:
            wrong[f"{route} endless"] = str(answer)
    wrong |= kept(chain, before)
    assert not wrong, listed(wrong)
    proof(
        "corrupt, truncated, zipped, oversized and endless bodies to every route",
        case="7",
        promises=["P6"],
        invariants=["4xx", "limit named", "tables unchanged"],
    )


def test_no_path_query_or_header_is_an_error_of_ours(
    routes: list[Operation], caller: Caller, chain: FourStores, proof: Proof
) -> None:
    wrong: dict[str, str] = {}
    before = contents(chain.database)
    for route in routes:
        broken = b"{" if route.body is not None else None
        calls: list[tuple[str, str, dict[str, str]]] = []
        for name in route.in_path:
            calls += [(f"{name}={value[:40]}", route.at(**{name: value}), {}) for _, value in some(IN_PATH, len(name))]
        for name in route.in_query:
            calls += [
                (f"{name}={value[:40]}", f"{route.at()}?{name}={value}", {}) for _, value in some(IN_QUERY, len(name))
            ]
        calls += [
            (f"{name}: {value[:40]!r}", route.harmless(), {name: value})
            for (name, _), value in some(IN_HEADERS, len(route.path))
        ]
        for what, path, headers in calls:
            answer = caller.call(route.method, path, broken, {"Content-Type": "application/json"} | headers)
            if not (refuses(route, answer) or (200 <= answer.status < 300 and broken is None)):
                wrong[f"{route} {what}"] = str(answer)
    wrong |= kept(chain, before)
    assert not wrong, listed(wrong)
    proof("hostile paths, queries and headers to every route", case="7", promises=["P6"], invariants=["no 5xx"])


def test_no_request_that_is_no_http_is_an_error_of_ours(
    routes: list[Operation], caller: Caller, chain: FourStores, proof: Proof
) -> None:
    wrong: dict[str, str] = {}
    before = contents(chain.database)
    for route in routes:
        if route.path.endswith("/sweeps"):
            # It may come without a body: a flood of headers before none is a good call.
            continue
        head = partial(caller.head, route.method, route.harmless())
        requests = {
            "a flood of headers": head(*(f"X-{n}: {'x' * 1_000}" for n in range(200))),
            "a header without an end": head()[:-4] + b"\r\nX: " + b"x" * 300_000,
            "two lengths": head("Content-Length: 2", "Content-Length: 3") + b"{}",
            "a negative length": head("Content-Length: -1"),
            "a length of 10^400": head("Content-Length: 1" + "0" * 400) + b"{}",
            "less than its length": head("Content-Length: 100") + b"{}",
            "chunks of no size": head("Transfer-Encoding: chunked") + b"zz\r\n{}\r\n0\r\n\r\n",
            "length and chunks": head("Content-Length: 2", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n",
            "NUL in a header": head("X: a\x00b"),
            "NUL in the path": caller.head(route.method, route.harmless() + "\x00"),
        }
        for what, sent in requests.items():
            answer = caller.write(sent)
            if answer.status >= 500 or (route.body is not None and 200 <= answer.status < 300):
                wrong[f"{route} {what}"] = str(answer)
        assert caller.call("GET", "/livez").status == 200
    wrong |= kept(chain, before)
    assert not wrong, listed(wrong)
    proof("requests that are no HTTP, and floods of headers", case="7", promises=["P6"], invariants=["no 5xx"])


def test_memory_stays_flat_whatever_comes(routes: list[Operation], caller: Caller, proof: Proof) -> None:
    """The largest bodies, again and again: what one leaves behind would add up."""
    receipts = next(route for route in routes if route.path.endswith("/receipts") and route.method == "POST")
    limit = route_limit(receipts)
    good = json.dumps(receipts.example(receipts.body)["receipts"][0])
    bodies = [
        b"[" * limit,
        b'{"receipts": [' + b'{"x":' * 200 + b"1" + b"}" * 200 + b"]}" + b" " * (limit // 2),
        f'{{"receipts": [{",".join([good.replace("x1", chr(0) * 3)] * 1_000)}]}}'.encode(),
        b'{"receipts": ["' + b"x" * (limit - 20) + b'"]}',
        gzip.compress(b" " * 64 * 1024 * 1024),
    ]

    def round_() -> int:
        for body in bodies:
            assert sends(caller, receipts, body).status < 500
        return psutil.Process().memory_info().rss

    first = [round_() for _ in range(3)]
    later = [round_() for _ in range(30 if WHOLE else 5)]
    assert later[-1] - first[-1] < GROWTH_BYTES_MAX, (first, later)
    proof("the largest bodies again and again", case="7", promises=["P6"], invariants=["memory flat"])
