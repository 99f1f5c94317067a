"""The OpenAPI document of every service: valid, complete, and true of what the service answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.access.users import Users
from shared.kernel.ids import new_id
from shared.runtime.access import Access
from shared.runtime.http import build_app
from tests.conftest import fresh_database
from tests.support.access import access, bearer, issuer
from tests.support.services import every_service

if TYPE_CHECKING:
    from shared.database.embedded import EmbeddedPostgres

SERVICES = ("stores", "customers", "loyalty", "segmentation", "campaigns", "notifications", "console")
DOCUMENTS = (*SERVICES, "access")
JSON = {"Content-Type": "application/json"}
PROBLEM_JSON = "application/problem+json"


@pytest.fixture(scope="module")
def client(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Everything that is served under one address, the built-in issuer's sign-in included."""
    users = Users(tmp_path_factory.mktemp("users"))
    with fresh_database(postgres) as database, every_service(database, tmp_path_factory.mktemp("keys")) as services:
        yield TestClient(build_app(services, access=Access(access().verifier, issuer(), users)))


@pytest.fixture(scope="module")
def documents(client: TestClient) -> dict[str, dict[str, Any]]:
    return {name: client.get(f"/api/{name}/v1/openapi.json").json() for name in DOCUMENTS}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_valid_openapi(documents: dict[str, dict[str, Any]], name: str) -> None:
    assert documents[name]["openapi"].startswith("3.1")
    assert documents[name]["servers"] == [{"url": f"/api/{name}/v1"}]
    OpenAPIV31SpecValidator(documents[name]).validate()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_operation_says_what_it_is_for_and_has_a_name_of_its_own(
    documents: dict[str, dict[str, Any]],
    name: str,
) -> None:
    found = list(operations(documents[name]))
    assert found
    for what, operation in found:
        assert operation["summary"], what
        assert operation["tags"], what
    names = Counter(operation["operationId"] for _, operation in found)
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_operation_says_who_may_call_it_and_how_it_refuses(
    documents: dict[str, dict[str, Any]],
    name: str,
) -> None:
    scheme = documents[name]["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    for what, operation in operations(documents[name]):
        if " /unsubscribe/" in what:
            assert "security" not in operation, "a link in a message is its own proof"
            continue
        ((permission,),) = (asked["bearer"] for asked in operation["security"])
        # Running a service is the same permission in each.
        assert permission.startswith("operations." if " /operations" in what else f"{name}."), what
        responses = operation["responses"]
        assert f"`{permission}`" in responses["403"]["description"]
        needed = {"401", "403", "503"}
        needed |= {"404"} if "{" in what else set()
        needed |= {"422"} if operation.get("parameters") else set()
        needed |= {"400", "413", "422"} if "requestBody" in operation else set()
        needed |= {"409"} if not what.startswith("get ") else set()
        assert needed <= responses.keys(), what


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_error_is_a_problem_document_and_nothing_else_is(documents: dict[str, dict[str, Any]], name: str) -> None:
    for what, operation in operations(documents[name]):
        for status, response in operation["responses"].items():
            kinds = set(response.get("content", {}))
            if " /unsubscribe/" in what and status == "404":
                assert kinds == {PROBLEM_JSON, "text/html"}, "a member is told by a page"
                kinds = {PROBLEM_JSON}
            assert (kinds == {PROBLEM_JSON}) == (status >= "400"), (what, status)
            assert response["description"]
    assert "HTTPValidationError" not in documents[name]["components"]["schemas"]


def test_signing_in_asks_for_no_token_and_says_how_it_refuses(documents: dict[str, dict[str, Any]]) -> None:
    [(_, operation)] = operations(documents["access"])
    assert "security" not in operation
    assert set(operation["responses"]) == {"200", "400", "401", "413", "422", "429", "503"}


@pytest.mark.parametrize(
    ("status", "call"),
    [
        (400, {"method": "POST", "url": "/api/loyalty/v1/redemptions", "content": b"{", "headers": JSON}),
        (401, {"url": "/api/loyalty/v1/liability", "headers": {"Authorization": "Bearer no"}}),
        (403, {"url": "/api/loyalty/v1/liability", "headers": bearer("till", device="SH-001/1")}),
        (404, {"url": f"/api/loyalty/v1/accounts/{new_id()}"}),
        (404, {"url": "/api/segmentation/v1/cells"}),
        (422, {"method": "POST", "url": "/api/segmentation/v1/sweeps", "json": {"as_of": "1980-01-01"}}),
        (413, {"method": "POST", "url": "/api/loyalty/v1/redemptions", "content": b" " * 1024 * 1025}),
        (422, {"url": "/api/loyalty/v1/accounts", "params": {"limit": "many"}}),
        (401, {"method": "POST", "url": "/api/access/v1/sign-in", "json": {"username": "a", "password": "b"}}),
    ],
)
def test_what_is_answered_is_what_is_documented(
    client: TestClient,
    documents: dict[str, dict[str, Any]],
    status: int,
    call: dict[str, Any],
) -> None:
    asked = {"method": "GET", **call, "headers": bearer() | call.get("headers", {})}
    answer = client.request(**asked)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM_JSON
    name = asked["url"].split("/")[2]
    schema = documents[name]["components"]["schemas"]["Problem"]
    Draft202012Validator(schema).validate(answer.json())


def test_a_document_is_made_once(client: TestClient) -> None:
    mounted = [getattr(route, "app", None) for route in client.app.routes]  # type: ignore[attr-defined]
    for app in mounted:
        if isinstance(app, FastAPI):
            assert app.openapi() is app.openapi()
