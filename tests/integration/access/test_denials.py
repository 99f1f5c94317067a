"""What is refused changes nothing and tells nothing: not by its text, its headers, or by what it costs.

For every route, with every token that is not enough: nobody's, a role without the permission, the right role with a
scope in which the store, the receipt or the member does not lie.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from shared.access.roles import ROLES
from tests.conftest import fresh_database
from tests.support.contents import changed, contents
from tests.support.four_stores import FourStores
from tests.support.matrix import PARTNERED, ROWS, SCOPES, TARGETS, expected
from tests.support.matrix_calls import ask, furnish, names, token
from tests.support.matrix_chain import link_token

if TYPE_CHECKING:
    from httpx2 import Response

    from shared.database.embedded import EmbeddedPostgres

HIDDEN = [route for route, (_, kind) in ROWS.items() if kind in {"thing", "home", "opens"}]
"""Routes that are about one store or member, which may lie outside."""
SHARED = [route for route, (roles, kind) in ROWS.items() if kind in PARTNERED and "partner" in roles]
"""Routes that are about a partner or its promotion, of which another partner may hear nothing."""
PUBLIC = [route for route, (_, kind) in ROWS.items() if kind == "public"]
SAMPLES = 12
DIFFERENCE_MS_MAX, RATIO_MAX = 1.0, 1.5
"""Of the cheapest answers, in processor time: a machine that is busy with something else makes none cheaper."""


@pytest.fixture(scope="module")
def chain(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FourStores]:
    with fresh_database(postgres) as database, FourStores(database, tmp_path_factory.mktemp("keys")) as made:
        made.open_for_business()
        furnish(made)
        yield made


@pytest.mark.parametrize("route", [route for route in ROWS if route not in PUBLIC])
def test_what_is_refused_changes_nothing(chain: FourStores, route: str) -> None:
    roles, kind = ROWS[route]
    before = contents(chain.database)
    for role in (ROLES.keys() - roles) | {"anonymous"}:
        assert ask(chain, route, role, "E1", "E1").status_code in {401, 403}, role
    for role in roles:
        for scope in SCOPES:
            for target in TARGETS.values():
                wanted = expected(kind, role, scope, target)
                if wanted == "done" or kind == "export-list":
                    # It is let in, with whatever its scope leaves of the list, and an export is written down.
                    continue
                answer = ask(chain, route, role, scope, target)
                if isinstance(wanted, int) and kind != "sum":
                    assert answer.status_code == wanted, (role, scope, target, answer.text)
    assert changed(before, contents(chain.database)) == set()


@pytest.mark.parametrize("route", PUBLIC)
def test_no_link_changes_anything_by_being_looked_at_or_made_up(chain: FourStores, route: str) -> None:
    before = contents(chain.database)
    path = route.replace("{token}", link_token(chain, "E1")[:-4] + "AAA=")
    assert chain.call(path, headers={}).status_code == 404
    if route.startswith("GET"):
        assert ask(chain, route, "anonymous", "chain", "E1").status_code == 200
    assert changed(before, contents(chain.database)) == set()


def outsider(route: str) -> tuple[str, str]:
    """Somebody who may call the route, and in whose scope W1 does not lie."""
    roles, kind = ROWS[route]
    if kind in PARTNERED:
        return "partner", "partner"
    return min(roles - {"partner", "till"} or roles), "east" if kind == "opens" else "E1"


@pytest.mark.parametrize(
    ("route", "scope"),
    [*((route, scope) for route in HIDDEN for scope in (None, "partner")), *((route, None) for route in SHARED)],
)
def test_what_lies_outside_is_answered_like_what_does_not_exist(
    chain: FourStores, route: str, scope: str | None
) -> None:
    role, inside = outsider(route)
    there, nowhere = (ask(chain, route, role, scope or inside, store) for store in ("W1", "N0"))
    assert there.status_code == nowhere.status_code == (422 if ROWS[route][1] == "home" else 404), there.text
    assert without_names(there, route, "W1") == without_names(nowhere, route, "N0")
    assert answered_headers(there) == answered_headers(nowhere)


@pytest.mark.parametrize("route", [*HIDDEN, *SHARED])
def test_what_lies_outside_costs_as_much_as_what_does_not_exist(chain: FourStores, route: str) -> None:
    role, scope = outsider(route)
    headers = token(role, scope)
    cheapest = dict.fromkeys(("W1", "N0"), float("inf"))
    for _ in range(SAMPLES):
        for store in cheapest:
            started = time.process_time()
            ask(chain, route, role, scope, store, headers=headers)
            cheapest[store] = min(cheapest[store], (time.process_time() - started) * 1_000)
    dearer, cheaper = max(cheapest.values()), min(cheapest.values())
    assert dearer - cheaper < DIFFERENCE_MS_MAX or dearer / cheaper < RATIO_MAX, cheapest


def without_names(answer: Response, route: str, store: str) -> str:
    text: str = answer.text
    for name in names(route, store):
        text = text.replace(name, "NAME")
    return text


def answered_headers(answer: Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers.items() if name != "x-correlation-id"]
