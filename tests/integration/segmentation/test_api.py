"""What segmentation answers over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.segmentation.read_models.member_facts.projection import VIEWS
from tests.support.access import client as signed_in
from tests.support.sales import member, message, receipt, sale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.testclient import TestClient

    from shared.runtime.service import Service

BASE = "/api/segmentation/v1"


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    events = [sale(member(n), receipt((n, i)), net=100) for n in range(1, 6) for i in range(n)]
    with service.engine.begin() as connection:
        service.consumers[0].handle(connection, [message(event, VIEWS) for event in events], lock=False)
    with signed_in(service) as opened:
        yield opened


def get(client: TestClient, path: str, status: int = 200) -> Any:
    answer = client.get(f"{BASE}{path}")
    assert answer.status_code == status, answer.text
    return answer.json()


def test_before_the_first_sweep(client: TestClient) -> None:
    assert get(client, "/cuts", 404)["code"] == "not_found"
    assert get(client, "/cells", 404)["code"] == "not_found"
    assert get(client, "/scores") == {"items": [], "next_cursor": None}
    answer = get(client, f"/customers/{member(2)}/scores")
    assert (answer["scores"], answer["cuts"]) == (None, None)
    assert answer["facts"] == {"last_business_date": "2026-03-01", "receipts": 2, "sales_minor": 200}


def test_a_sweep_scores_everybody_and_explains_itself(client: TestClient) -> None:
    swept = client.post(f"{BASE}/sweeps", json={"as_of": "2026-03-04"})
    assert swept.status_code == 200, swept.text
    cuts = swept.json()
    assert (cuts["population"], cuts["as_of"]) == (5, "2026-03-04")
    assert cuts["recency_days"] == [3, 3, 3, 3]
    assert cuts["receipts"] == [1, 2, 3, 4]
    assert cuts["sales_minor"] == [100, 200, 300, 400]
    assert get(client, "/cuts") == cuts
    answer = get(client, f"/customers/{member(4)}/scores")
    assert answer["cuts"] == cuts
    assert answer["scores"] == {
        "customer_id": str(member(4)),
        "as_of": "2026-03-04",
        "last_business_date": "2026-03-01",
        "recency_days": 3,
        "receipts": 4,
        "sales_minor": 400,
        "r": 1,
        "f": 4,
        "m": 4,
    }


def test_the_cell_table_adds_up(client: TestClient) -> None:
    client.post(f"{BASE}/sweeps")
    cells = get(client, "/cells")
    assert (cells["as_of"], cells["members"], cells["filled"]) == ("2026-03-31", 5, 5)
    assert cells["cells"][1] == {"r": 1, "f": 2, "m": 2, "members": 1, "sales_minor": 200}


def test_pages_hold_every_member_once(client: TestClient) -> None:
    client.post(f"{BASE}/sweeps", json={})
    seen, cursor = [], ""
    for _ in range(3):
        page = get(client, f"/scores?limit=2{cursor}")
        seen += [item["customer_id"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert seen == sorted(str(member(n)) for n in range(1, 6))
    assert get(client, "/scores?limit=201", 422)["code"] == "invalid_input"


def test_the_same_key_gives_the_same_answer(client: TestClient) -> None:
    first, second = (client.post(f"{BASE}/sweeps", headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert client.post(f"{BASE}/sweeps").json()["sweep"] == first.json()["sweep"] + 1


def test_a_date_to_come_and_an_unknown_customer_are_refused(client: TestClient) -> None:
    refused = client.post(f"{BASE}/sweeps", json={"as_of": "2026-04-01"})
    assert refused.status_code == 422
    assert "2026-03-31" in refused.json()["detail"]
    assert get(client, f"/customers/{member('nobody')}/scores", 404)["code"] == "not_found"
    assert client.post(f"{BASE}/sweeps", json={"as_off": "2026-01-01"}).status_code == 422
