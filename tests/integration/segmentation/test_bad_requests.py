"""Paths, queries and dates that no caller means: each a clear problem, and no score touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.database.batch import fetch
from tests.support.access import client as signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.testclient import TestClient

    from shared.runtime.service import Service

BASE = "/api/segmentation/v1"


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with signed_in(service, raise_server_exceptions=False) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/customers/%00/scores", "customer_id"),
        ("/scores?cursor=%00", "cursor"),
        ("/scores?cursor=99999999999999999999999", "cursor"),
        ("/scores?limit=99999999999999999999999", "limit"),
    ],
)
def test_what_no_path_or_query_holds_is_refused(client: TestClient, path: str, field: str) -> None:
    answer = client.get(BASE + path)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in answer.json()["detail"]


@pytest.mark.parametrize("as_of", ["0001-01-01", "1989-12-31", "9999-12-31", "99999-01-01", "2026-03-\x00", 0, 10**30])
def test_no_sweep_is_made_outside_of_the_calendar(client: TestClient, service: Service, as_of: object) -> None:
    answer = client.post(f"{BASE}/sweeps", json={"as_of": as_of})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), answer.text
    assert "as_of" in answer.json()["detail"]
    with service.engine.begin() as connection:
        assert fetch(connection, "select count(*) from score_cuts") == [(0,)]
