"""Beside the page every service is at one address: requests for another one go on to where it is."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient

from services.segmentation.bootstrap import build
from services.segmentation.settings import SegmentationSettings
from shared.access import sign_in
from shared.runtime.access import AccessSettings, build_access
from shared.runtime.health import Health
from shared.runtime.http import build_app
from shared.runtime.http_server import HttpServer
from tests.support.access import access, bearer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from shared.runtime.service import Service
    from tests.conftest import Database


def serving(service: Service) -> AbstractContextManager[str]:
    return listening(build_app([service], access=access()))


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    health = Health()
    server = HttpServer(app, health, host="127.0.0.1", port=0, ended=threading.Event())
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


@pytest.fixture
def other(database: Database) -> Iterator[Service]:
    built = build(database.settings(SegmentationSettings, business_time=datetime(2026, 3, 31, tzinfo=UTC)))
    yield built
    built.engine.dispose()


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of a server that answers with what it heard."""
    app = FastAPI()

    @app.get("/api/loyalty/marked")
    def mark(response: Response) -> None:
        response.set_cookie("whose", "the first caller's")
        response.headers["X-Correlation-Id"] = "theirs"

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def tell(request: Request) -> dict[str, object]:
        body = (await request.body()).decode()
        return {
            "path": request.scope["raw_path"].decode(),
            "query": request.url.query,
            "headers": [[name.decode(), value.decode()] for name, value in request.headers.raw],
            "body": body,
        }

    with listening(app) as address:
        yield address


@pytest.fixture
def beside(service: Service, elsewhere: str) -> Iterator[httpx2.Client]:
    """The page's process in front of it. Nobody is signed in."""
    with (
        serving(replace(service, forward={"loyalty": elsewhere})) as page,
        httpx2.Client(base_url=page, trust_env=False) as http,
    ):
        yield http


def heard(answer: httpx2.Response) -> dict[str, list[str]]:
    """The headers that the other server got."""
    names: dict[str, list[str]] = {}
    for name, value in answer.raise_for_status().json()["headers"]:
        names.setdefault(name, []).append(value)
    return names


def test_what_is_for_another_service_goes_there_and_back(service: Service, other: Service) -> None:
    with ExitStack() as parts:
        address = parts.enter_context(serving(other))
        forward = {"segmentation": address, "loyalty": "http://127.0.0.1:9", "console": "http://127.0.0.1:9"}
        page = parts.enter_context(serving(replace(service, forward=forward)))
        http = parts.enter_context(httpx2.Client(base_url=page, headers=bearer(), trust_env=False))
        assert http.get("/api/segmentation/v1/scores", params={"limit": 1}).json() == {"items": [], "next_cursor": None}
        assert "limit" in http.get("/api/segmentation/v1/scores", params={"limit": 0}).json()["detail"]
        sweep = {"json": {"as_of": "2026-03-30"}, "headers": {"Idempotency-Key": "once"}}
        assert http.post("/api/segmentation/v1/sweeps", **sweep).json()["as_of"] == "2026-03-30"
        assert http.post("/api/segmentation/v1/sweeps", **sweep).headers["idempotent-replayed"] == "true"
        # Who is let in is the other's business, and its documents are open as they are there.
        nobody = httpx2.get(f"{page}/api/segmentation/v1/scores", trust_env=False)
        assert (nobody.status_code, "Bearer" in nobody.headers["www-authenticate"]) == (401, True)
        assert httpx2.get(f"{page}/api/segmentation/v1/openapi.json", trust_env=False).status_code == 200
        # What is served here stays here, and an address that does not answer is said as such.
        assert http.get("/api/console/v1/me").status_code == 200
        assert http.get("/api/loyalty/v1/accounts").json()["code"] == "unavailable"
        assert httpx2.get(f"{page}/api/stores/v1/stores", trust_env=False).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/api/loyalty/../../metrics",
        "/api/loyalty/v1/%2e%2e/%2e%2e/%2e%2e/metrics",
        "/api/loyalty/..%2f..%2fmetrics",
        "/api/loyalty/v1/./accounts",
        "%2Fapi%2Floyalty%2F.example.org/accounts",
        "/%61pi/loyalty/accounts",
    ],
)
def test_nothing_but_what_lies_below_its_name_is_reached(beside: httpx2.Client, path: str) -> None:
    """Neither pages of a service that it shows inside only, nor another host whose name is made of the path."""
    with socket.create_connection((beside.base_url.host, beside.base_url.port or 0), timeout=10) as line:
        signed_in = f"Authorization: {bearer()['Authorization']}\r\n"
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: page\r\n{signed_in}Connection: close\r\n\r\n".encode())
        with line.makefile("rb") as answer:
            assert answer.read().split(b" ", 2)[1] in {b"400", b"404"}


def test_the_path_and_query_arrive_as_they_were_sent(beside: httpx2.Client) -> None:
    told = beside.get("/api/loyalty/v1/a%2Fb%20c;d?q=%E7%86%9F&q=a+b&empty=").json()
    assert (told["path"], told["query"]) == ("/api/loyalty/v1/a%2Fb%20c;d", "q=%E7%86%9F&q=a+b&empty=")


def test_headers_of_the_connection_stay_with_it(beside: httpx2.Client) -> None:
    sent = {"Connection": "keep-alive, X-Secret", "X-Secret": "1", "TE": "trailers", "X-Kept": "2", "Upgrade": "h2c"}
    names = heard(beside.get("/api/loyalty/v1/x", headers=sent))
    assert names["x-kept"] == ["2"]
    assert not names.keys() & {"x-secret", "te", "upgrade"}


def test_nobody_says_for_somebody_else_where_she_calls_from(service: Service, elsewhere: str) -> None:
    lies = {"X-Forwarded-For": "10.9.8.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "x", "Forwarded": "for=x"}
    app = build_app([replace(service, forward={"loyalty": elsewhere})], access=access())
    with TestClient(app, client=("192.0.2.1", 4711)) as page:
        names = heard(page.get("/api/loyalty/v1/x", headers=lies))
    assert names["x-forwarded-for"] == ["192.0.2.1"]
    assert not names.keys() & {"x-forwarded-proto", "x-forwarded-host", "forwarded"}


def test_who_guesses_passwords_through_the_page_keeps_nobody_else_out(
    service: Service, other: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "GUESSES_FROM_ADDRESS_MAX", 1)
    issuing = build_app([other], access=build_access(AccessSettings(built_in_dir=tmp_path)))

    def guess(address: str, name: str) -> int:
        with TestClient(page, client=(address, 4711)) as http:
            body = {"username": name, "password": "a guess"}
            return http.post("/api/access/v1/sign-in", json=body).status_code

    with listening(issuing) as address:
        page = build_app([replace(service, forward={"access": address})], access=access())
        assert [guess("192.0.2.1", name) for name in ("ann", "ben")] == [401, 429]
        assert guess("192.0.2.2", "cid") == 401


def test_one_caller_gets_nothing_that_was_given_to_another(beside: httpx2.Client) -> None:
    assert "whose" in beside.get("/api/loyalty/marked").headers["set-cookie"]
    beside.cookies.clear()
    assert "cookie" not in heard(beside.get("/api/loyalty/v1/x"))


def test_nothing_is_added_that_the_caller_did_not_ask_for(beside: httpx2.Client) -> None:
    bare = httpx2.Request("GET", f"{beside.base_url}/api/loyalty/v1/x")
    assert heard(beside.send(bare)).keys() <= {"host", "x-forwarded-for", "x-correlation-id"}


def test_one_id_names_a_request_in_both_processes(beside: httpx2.Client) -> None:
    answer = beside.get("/api/loyalty/v1/x")
    assert heard(answer)["x-correlation-id"] == answer.headers.get_list("x-correlation-id")
    assert len(beside.get("/api/loyalty/marked").headers.get_list("x-correlation-id")) == 1
    assert len(answer.headers.get_list("date")) == 1
    own = "0190a5e4-1111-7bbb-8ccc-000000000001"
    assert heard(beside.get("/api/loyalty/v1/x", headers={"X-Correlation-Id": own}))["x-correlation-id"] == [own]


def test_a_body_of_two_lengths_is_sent_on_as_one(beside: httpx2.Client) -> None:
    answer = beside.post("/api/loyalty/v1/x", content=(piece for piece in [b"one", b"two"]))
    assert answer.json()["body"] == "onetwo"
    with socket.create_connection((beside.base_url.host, beside.base_url.port or 0), timeout=10) as line:
        line.sendall(
            b"POST /api/loyalty/v1/x HTTP/1.1\r\nHost: page\r\nConnection: close\r\nContent-Length: 4\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n"
            b"GET /api/loyalty/smuggled HTTP/1.1\r\nHost: page\r\n\r\n"
        )
        with line.makefile("rb") as answer_:
            said = answer_.read()
    assert b"smuggled" not in said
    assert said.startswith(b"HTTP/1.1 400") or b'"body":"one"' in said


def test_an_address_inside_is_nobodys_business_outside(service: Service) -> None:
    with serving(replace(service, forward={"loyalty": "http://127.0.0.1:9"})) as page:
        answer = httpx2.get(f"{page}/api/loyalty/v1/accounts", trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "127.0.0.1" not in answer.text
