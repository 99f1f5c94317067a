"""Every route, every role, every scope: who may do what, where. The table is in `tests.support.matrix`.

A route or a role that is not in it fails the test.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from shared.access.roles import ROLES
from tests.conftest import fresh_database
from tests.support.four_stores import RECEIPTS, STORES, FourStores, member
from tests.support.matrix import LETTERS, OWN_STORE, PARTNERED, ROWS, SCOPES, TARGETS, expected
from tests.support.matrix_calls import AGAIN, ask, furnish
from tests.support.matrix_chain import PARTIES, SEGMENT
from tests.support.services import routes_of

if TYPE_CHECKING:
    from httpx2 import Response

    from shared.database.embedded import EmbeddedPostgres


@pytest.fixture(scope="module")
def chain(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FourStores]:
    keys = tmp_path_factory.mktemp("keys")
    with fresh_database(postgres) as database, FourStores(database, keys) as made:
        made.open_for_business()
        furnish(made)
        yield made


def stores_of(body: Any) -> set[str]:
    # Those whom a look-up made visible meanwhile are left out: they are other tests' business.
    homes = {str(member(store)): store for store in STORES}
    return {homes[item["customer_id"]] for item in body["items"] if item["customer_id"] in homes}


def partners_of(body: Any) -> set[str]:
    """The stores whose partners, or promotions, are in a list of those."""
    stores = {party: store for store, party in PARTIES.items()} | {f"shown-{store.lower()}": store for store in STORES}
    named = [item.get("party") or item["code"] for item in body["items"]]
    return {stores[name] for name in named if name in stores}


def shown(answer: Response) -> Any:
    """The body; of CSV as a list of its lines."""
    if answer.headers["content-type"].startswith("text/csv"):
        return {"items": list(csv.DictReader(io.StringIO(answer.text)))}
    return answer.json()


LISTED: dict[str, Callable[[Any], set[str]]] = {
    "GET /stores/v1/stores": lambda body: {item["store"] for item in body["items"]},
    "GET /stores/v1/quarantine": lambda body: {item["store_id"] for item in body["items"]},
    "GET /stores/v1/sales": lambda body: {item["store"] for item in body["items"]},
    "GET /loyalty/v1/settlements": partners_of,
    "GET /campaigns/v1/campaigns": partners_of,
    "GET /campaigns/v1/parties": partners_of,
    "GET /console/v1/stores": lambda body: {item["store_id"] for item in body["items"]},
    "GET /console/v1/today": lambda body: stores_of({"items": body["complaints"]}),
}
"""The stores of which a list shows something; other lists are of members."""

SUMMED: dict[str, Callable[[Any], int]] = {
    "GET /stores/v1/totals": lambda body: sum(total["stores"] for total in body["totals"]),
    "GET /loyalty/v1/liability": lambda body: int(body["members"]),
    "GET /segmentation/v1/cells": lambda body: int(body["members"]),
    "GET /segmentation/v1/cuts": lambda body: int(body["population"]),
    "GET /segmentation/v1/segments": lambda body: next(
        (item["size"] for item in body["items"] if item["code"] == SEGMENT), 0
    ),
    "GET /console/v1/overview": lambda body: sum(day["receipts"] for day in body["days"]) // len(RECEIPTS),
    "POST /segmentation/v1/segments/preview": lambda body: int(body["population"]),
}
"""How many stores, or members of whom each store has one, a sum is over."""


def met(route: str, kind: str, answer: Response) -> object:
    """What came of a call: a refusal's status, or what was shown or done."""
    if answer.status_code == 409 and answer.json()["code"] == AGAIN.get(route):
        return "done"
    if answer.status_code >= 300:
        return answer.status_code
    if kind.endswith("list"):
        return LISTED.get(route, stores_of)(shown(answer))
    if kind == "sum":
        return SUMMED[route](answer.json())
    if kind in {"each", "sends"}:
        (result,) = answer.json()["results"]
        refused = result.get("code") or result.get("outcome") in {"invalid", "rejected"}
        return "refused by itself" if refused else "done"
    return "done"


def test_the_matrix_names_every_route_and_every_role(chain: FourStores) -> None:
    served = {
        f"{method} /{service.name}/v1{route.path}"
        for service in chain.services.values()
        for route in routes_of(service)
        for method in route.methods
    }
    assert set(ROWS) == served
    assert set(LETTERS.values()) == set(ROLES)


@pytest.mark.parametrize("route", ROWS)
def test_roles_and_scopes(chain: FourStores, route: str) -> None:
    roles, kind = ROWS[route]
    wrong: dict[tuple[str, ...], str] = {}

    def note(found: object, wanted: object, *cell: str) -> None:
        if found != wanted:
            wrong[cell] = f"{found}, not {wanted}"

    note(ask(chain, route, "anonymous", "E1", "E1").status_code, 200 if kind == "public" else 401, "anonymous")
    for role in ROLES.keys() - roles:
        note(ask(chain, route, role, "E1", "E1").json()["code"], "permission_denied", role)
    for scope in SCOPES:
        # What is about no store in particular is asked for once, and so is what nobody of the scope can see.
        one = kind.endswith("list") or kind in {"sum", "chain", "any"} or (scope == "partner" and kind not in PARTNERED)
        targets = OWN_STORE if one else TARGETS
        for role in sorted(roles):
            for name, target in targets.items():
                answer = ask(chain, route, role, scope, target)
                note(met(route, kind, answer), expected(kind, role, scope, target), role, scope, name)
    assert wrong == {}
