"""Idempotency keys, problem details and limits, on a small service over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated
from uuid import UUID

import pytest
import structlog
from fastapi import APIRouter, FastAPI, Response
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field

from shared.access.calls import CallDep
from shared.access.permissions import requires
from shared.access.roles import ROLES
from shared.commands.handler import CommandHandler
from shared.database.batch import fetch
from shared.kernel.errors import TransientError
from shared.observability import tracing
from shared.observability.logs import _in_its_trace
from shared.runtime.http import BODY_BYTES_MAX, build_app
from shared.runtime.service import Service
from tests.conftest import Database
from tests.support.access import client as signed_in
from tests.support.stock import NOW, Fill, Take, ask, because, stock_handler


class FillRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    units: Annotated[int, Field(ge=1, le=100)]


class Level(BaseModel):
    version: int


def service(database: Database) -> Service:
    engine, handler = database.engine("kernel", pool_size=20), stock_handler(contended=True)
    router = APIRouter()

    @router.post("/stocks/{name}/fills", dependencies=[requires("kernel.stock.fill")])
    def fill(name: str, body: FillRequest, call: CallDep) -> Response:
        def work(connection: object, lock: bool) -> Level:
            (decision,) = handler.run(connection, [ask(name, Fill(body.units), call.cause(NOW))], lock=lock)  # type: ignore[arg-type]
            return Level(version=next(iter(decision.unwrap().states.values())).version)

        return call.answer(engine, work, status=201)

    @router.post("/stocks/{name}/takes", dependencies=[requires("kernel.stock.take")])
    def take(name: str, body: FillRequest, call: CallDep) -> Response:
        def work(connection: object, lock: bool) -> Level:
            (decision,) = handler.run(connection, [ask(name, Take(body.units), because())], lock=lock)  # type: ignore[arg-type]
            return Level(version=next(iter(decision.unwrap().states.values())).version)

        return call.answer(engine, work)

    @router.get("/away", dependencies=[requires("kernel.stock.read")])
    def away() -> None:
        raise TransientError("the shop next door does not answer")

    @router.get("/broken", dependencies=[requires("kernel.stock.read")])
    def broken() -> None:
        raise RuntimeError("canary-138-0013-8000")

    return Service("kernel", engine, CommandHandler(handler.store), lambda: router)


@pytest.fixture
def client(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setitem(ROLES, "stock_keeper", frozenset(f"kernel.stock.{verb}" for verb in ("fill", "take", "read")))
    with signed_in(service(database), role="stock_keeper", raise_server_exceptions=False) as opened:
        yield opened


def levels(database: Database) -> dict[str, int]:
    with database.engine("kernel").begin() as connection:
        return dict(fetch(connection, "select stock_id, left_over from levels"))


URL = "/api/kernel/v1/stocks/a/fills"


def test_the_same_key_and_body_give_the_same_answer_and_one_effect(client: TestClient, database: Database) -> None:
    first = client.post(URL, json={"units": 5}, headers={"Idempotency-Key": "k1"})
    again = client.post(URL, json={"units": 5}, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, first.json()) == (201, {"version": 1})
    assert (again.status_code, again.content) == (201, first.content)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert levels(database) == {"a": 5}


def test_the_same_key_with_another_body_is_refused(client: TestClient, database: Database) -> None:
    client.post(URL, json={"units": 5}, headers={"Idempotency-Key": "k1"})
    other = client.post(URL, json={"units": 6}, headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert levels(database) == {"a": 5}


def test_an_empty_key_is_refused_and_never_taken_for_another_call(client: TestClient, database: Database) -> None:
    answers = [client.post(URL, json={"units": n}, headers={"Idempotency-Key": ""}) for n in (5, 6)]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(422, "invalid_input")] * 2
    assert levels(database) == {}


def test_the_same_key_on_another_route_is_another_call(client: TestClient, database: Database) -> None:
    client.post(URL, json={"units": 5}, headers={"Idempotency-Key": "k1"})
    client.post(URL.replace("/a/", "/b/"), json={"units": 6}, headers={"Idempotency-Key": "k1"})
    assert levels(database) == {"a": 5, "b": 6}


def test_forty_calls_with_one_key_at_the_same_moment_have_one_effect(client: TestClient, database: Database) -> None:
    barrier = threading.Barrier(40)

    def call(_: int) -> tuple[int, bytes]:
        barrier.wait()
        answer = client.post(URL, json={"units": 5}, headers={"Idempotency-Key": "k1"})
        return answer.status_code, answer.content

    with ThreadPoolExecutor(40) as pool:
        answers = set(pool.map(call, range(40)))
    assert answers == {(201, b'{"version":1}')}
    assert levels(database) == {"a": 5}


@pytest.mark.parametrize("sent", ["13800138000", "138 0013 8000", "Li Lei", "x" * 64, ""])
def test_only_a_uuid_is_taken_for_a_correlation_id(
    client: TestClient,
    capsys: pytest.CaptureFixture[str],
    sent: str,
) -> None:
    answer = client.get("/api/kernel/v1/broken", headers={"X-Correlation-Id": sent})
    assert answer.status_code == 500
    given = answer.headers["X-Correlation-Id"]
    said = "".join(capsys.readouterr())
    assert f"correlation_id='{UUID(given)}'" in said
    assert not sent or sent not in said + given


def test_a_callers_own_correlation_id_is_in_the_line_and_the_answer(
    client: TestClient,
    capsys: pytest.CaptureFixture[str],
) -> None:
    own = "0190a5e4-0000-7000-8000-00000000c0de"
    answer = client.get("/api/kernel/v1/broken", headers={"X-Correlation-Id": own.upper()})
    assert answer.headers["X-Correlation-Id"] == own
    assert f"correlation_id='{own}'" in "".join(capsys.readouterr())


TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    ("asked", "spans"),
    [
        (("/api/kernel/v1/broken", {}), 1),
        (("/api/kernel/v1/nothing", {}), 1),
        (("/api/kernel/v1/broken", {"Authorization": "Bearer rubbish"}), 0),
        (("/api/kernel/v1/broken", {"Authorization": ""}), 0),
        (("/livez", {}), 0),
    ],
)
def test_only_who_is_let_in_says_what_is_recorded(
    client: TestClient,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    asked: tuple[str, dict[str, str]],
    spans: int,
) -> None:
    path, headers = asked
    file = tmp_path / "spans.jsonl"
    tracing.set_up("test", endpoint=None, file=file, ratio=0)
    structlog.configure([_in_its_trace, *structlog.get_config()["processors"]])
    try:
        status = client.get(path, headers={**headers, "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}).status_code
    finally:
        tracing.shut_down()
    found = [json.loads(line) for line in file.read_text().splitlines()]
    assert [span["context"]["trace_id"] for span in found] == [f"0x{TRACE}"] * spans
    assert [span["attributes"]["http.response.status_code"] for span in found] == [status] * spans
    line = "".join(capsys.readouterr())
    assert (f"trace_id='{TRACE}'" in line) == ("request_failed" in line) == (status == 500)


def test_a_rejected_call_stores_nothing_and_may_be_tried_again(client: TestClient) -> None:
    take = URL.replace("fills", "takes")
    refused = client.post(take, json={"units": 5}, headers={"Idempotency-Key": "k1"})
    assert (refused.status_code, refused.json()["code"]) == (409, "used_up")
    assert refused.headers["content-type"] == "application/problem+json"
    client.post(URL, json={"units": 5})
    assert client.post(take, json={"units": 5}, headers={"Idempotency-Key": "k1"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code", "named"),
    [
        (b'{"units": ', 400, "malformed", "not JSON"),
        (b"", 422, "invalid_input", "Field required"),
        (b'{"units": 0}', 422, "invalid_input", "units: Input should be greater than or equal to 1"),
        (b'{"units": 101}', 422, "invalid_input", "less than or equal to 100"),
        (b'{"units": 1, "unit": 2}', 422, "invalid_input", "unit: Extra inputs are not permitted"),
        (b'{"units": 1, "138001": 2}', 422, "invalid_input", "(a name with other characters than letters): Extra"),
        (b'{"units": NaN}', 422, "invalid_input", "units: Input should be a finite number"),
        (b'{"units": "\\ud800"}', 422, "invalid_input", "units: "),
        (b'{"units": ' + b"[" * 200 + b"]" * 200 + b"}", 422, "too_deep", "32 levels"),
        (b"[" * 100_000, 400, "malformed", "not JSON"),
        (b'{"units": "\xff"}', 400, "malformed", "not JSON"),
        (b'"' + b"x" * (BODY_BYTES_MAX + 1) + b'"', 413, "too_large", str(BODY_BYTES_MAX)),
    ],
)
def test_bad_bodies_name_what_is_wrong(  # noqa: PLR0917 - pytest passes by name
    client: TestClient,
    database: Database,
    body: bytes,
    status: int,
    code: str,
    named: str,
) -> None:
    answer = client.post(URL, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert named in answer.json()["detail"]
    assert levels(database) == {}


def test_a_body_that_lies_about_its_length_is_stopped_while_it_comes(client: TestClient) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(300):
            yield b" " * 8192

    answer = client.post(URL, content=parts(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_dependency_that_is_away_says_try_again(client: TestClient) -> None:
    answer = client.get("/api/kernel/v1/away")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_an_error_of_ours_shows_nothing_of_itself(client: TestClient) -> None:
    answer = client.get("/api/kernel/v1/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "canary" not in answer.text


def test_what_is_not_there_is_a_problem_too(client: TestClient) -> None:
    assert client.get("/api/kernel/v1/nothing").json()["code"] == "not_found"
    assert client.delete(URL).json()["code"] == "method_not_allowed"


def test_health_metrics_and_correlation(client: TestClient) -> None:
    assert client.get("/livez").text == "ok"
    assert client.get("/readyz").json() == {"ready": True, "checks": {"kernel.database": "ok"}}
    assert "regulars_http_request_seconds" in client.get("/metrics").text
    answer = client.post(URL, json={"units": 1}, headers={"X-Correlation-Id": "0190a5e4-1111-7bbb-8ccc-000000000001"})
    assert answer.headers["x-correlation-id"] == "0190a5e4-1111-7bbb-8ccc-000000000001"


@pytest.mark.parametrize("path", ["/api/kernel/v1/away", "/api/kernel/v1/nothing", "/api/kernel/v1/openapi.json"])
def test_no_browser_and_no_proxy_keeps_an_answer(client: TestClient, path: str) -> None:
    assert client.get(path).headers.get_list("cache-control") == ["no-store"]


def test_a_permission_that_the_caller_lacks_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROLES, "stock_looker", frozenset({"kernel.stock.read"}))
    with signed_in(service(database), role="stock_looker") as client:
        answer = client.post(URL, json={"units": 1})
    assert (answer.status_code, answer.json()["permission"]) == (403, "kernel.stock.fill")


def test_the_app_is_a_plain_asgi_application(database: Database) -> None:
    assert isinstance(build_app([service(database)]), FastAPI)
