"""Calls that schemathesis makes from nothing but the OpenAPI documents: each answer is one that its document describes.

Against every service on a real database with a chain in it. REGULARS_EXAMPLES=30 looks ten times as hard as the suite.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.python.asgi import get_client
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.runtime.http import build_app
from tests.conftest import fresh_database
from tests.support.access import access, bearer
from tests.support.four_stores import FourStores
from tests.support.hostile_routes import KNOWN

if TYPE_CHECKING:
    from fastapi import FastAPI
    from schemathesis import APIOperation, Case, CheckContext, Response

    from shared.database.embedded import EmbeddedPostgres

SERVICES = ("stores", "customers", "loyalty", "segmentation", "campaigns", "notifications", "console")
EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "3"))
EVERYTHING = ("operator", "privacy_officer", "service")
"""Roles that together may call every route, everywhere."""
REFUSED = {"invalid", "rejected"}
"""Outcomes of an item, where a batch is taken item by item."""


def wrong_data_is_refused(ctx: CheckContext, response: Response, case: Case) -> bool | None:
    told = response.status_code == HTTPStatus.OK and "application/json" in response.headers["content-type"]
    results = response.json().get("results", []) if told else []
    if any(result.get("outcome") in REFUSED for result in results):
        return None
    return negative_data_rejection(ctx, response, case)


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    wrong_data_is_refused,
]

pytestmark = pytest.mark.timeout(60 + 60 * EXAMPLES)


@pytest.fixture(scope="module")
def app(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with fresh_database(postgres) as database, FourStores(database, tmp_path_factory.mktemp("keys")) as chain:
        chain.open_for_business()
        yield build_app(list(chain.services.values()), access=access())


def configured() -> schemathesis.Config:
    return schemathesis.Config(
        projects=ProjectsConfig(default=ProjectConfig(generation=GenerationConfig(with_security_parameters=False)))
    )


def known(operation: APIOperation) -> dict[str, Any]:
    """For each parameter of the path what is there, where something is."""
    names = {parameter.name for parameter in operation.path_parameters}
    return {name: value for name, value in KNOWN.items() if name in names}


def ended(operation: APIOperation) -> dict[str, Any] | None:
    """The query of an answer that would go on by itself for minutes."""
    return {"seconds": 0} if any(parameter.name == "seconds" for parameter in operation.query) else None


def wrong(operation: APIOperation, mode: GenerationMode, in_path: dict[str, Any], app: FastAPI) -> str | None:
    """The first call whose answer is not one of its document, as schemathesis tells it."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=in_path or None, query=ended(operation)))
    def holds(case: Case) -> None:
        with get_client(app) as session:
            case.call_and_validate(session=session, headers=headers, checks=CHECKS)

    headers = bearer(EVERYTHING)
    try:
        holds()
    except Unsatisfiable:
        return None
    except (Exception, FailureGroup) as problem:  # noqa: BLE001 - whatever it is, the other operations are looked at
        return f"{operation.label} ({mode.value}): {problem!r} {problem}"
    return None


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_is_one_that_the_document_describes(app: FastAPI, service: str) -> None:
    document = schemathesis.openapi.from_asgi(f"/api/{service}/v1/openapi.json", app, config=configured())
    operations = [found.ok() for found in document.get_all_operations()]
    assert operations
    problems = [
        problem
        for operation in operations
        for mode, in_path in (
            (GenerationMode.POSITIVE, known(operation)),
            (GenerationMode.POSITIVE, {}),
            (GenerationMode.NEGATIVE, {}),
        )
        if (problem := wrong(operation, mode, in_path, app))
    ]
    assert not problems, "\n\n".join(problems)
