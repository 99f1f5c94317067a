"""Every route, every role, every scope: who may do what, where.

The table below is the whole truth, written by hand. A column of letters is the roles that may call a route; `kind`
says what a caller meets outside her scope. A route or a role that is not in it fails the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute

from shared.access.roles import ROLES
from shared.kernel.ids import derived_id
from tests.conftest import fresh_database
from tests.support.access import bearer
from tests.support.four_stores import (
    PERSONAL,
    REGIONS,
    STORES,
    FourStores,
    card,
    member,
    person,
    receipt,
    receipt_id,
)

if TYPE_CHECKING:
    from httpx2 import Response

    from shared.database.embedded import EmbeddedPostgres

LETTERS = {
    "A": "hq_admin",
    "M": "marketer",
    "P": "approver",
    "S": "store_manager",
    "C": "clerk",
    "D": "service_desk",
    "O": "privacy_officer",
    "X": "partner",
    "U": "auditor",
    "T": "till",
    "V": "service",
    "R": "operator",
}
BOUND = {"store_manager", "clerk", "till", "partner"}
"""Roles that see nothing unless their token names stores or regions; a partner never sees anything."""

MATRIX = """
                                                                    AMPSCDOXUTVR  kind
GET  /stores/v1/stores                                              AMPSCD-XUT-R  list
GET  /stores/v1/stores/{code}                                       AMPSCD-XUT-R  thing
POST /stores/v1/stores                                              A----------R  thing
POST /stores/v1/stores/batch                                        A----------R  each
POST /stores/v1/stores/{code}/tills                                 A----------R  thing
POST /stores/v1/receipts                                            ---------T-R  sends
GET  /stores/v1/receipts/{receipt_id}                               A--SCD--UT-R  thing
GET  /stores/v1/quarantine                                          A--SCD--UT-R  list
POST /stores/v1/receipts/{receipt_id}/attribution                   ---S-D-----R  thing
POST /stores/v1/receipts/{receipt_id}/returns                       ---SC----T-R  thing
POST /stores/v1/receipts/{receipt_id}/void                          ---S-----T-R  thing
GET  /stores/v1/sales                                               AMPS----U--R  list
GET  /stores/v1/totals                                              AMPS----U--R  sum
POST /customers/v1/customers                                        ---SCD-----R  home
POST /customers/v1/customers/batch                                  ---SCD-----R  each
GET  /customers/v1/customers                                        A--SCDO-U--R  list
GET  /customers/v1/customers/{customer_id}                          A--SCDO-U--R  thing
POST /customers/v1/customers/{customer_id}/identifiers              ---SCD-----R  thing
GET  /customers/v1/customers/{customer_id}/consents                 A--SCDO-U--R  thing
POST /customers/v1/customers/{customer_id}/consents                 ---SCDO----R  thing
POST /customers/v1/customers/{customer_id}/consents/withdrawals     ---SCDO----R  thing
POST /customers/v1/customers/{customer_id}/erasure                  ------O-----  thing
GET  /customers/v1/customers/{customer_id}/profile                  A--SCDO-U--R  thing
POST /customers/v1/customers/{customer_id}/profile-views            -----DO-----  thing
POST /customers/v1/customers/{customer_id}/address-releases         ----------V-  thing
POST /customers/v1/lookups                                          ---SCDO--T-R  opens
GET  /loyalty/v1/accounts                                           A--SCDO-UT-R  list
GET  /loyalty/v1/accounts/{customer_id}                             A--SCDO-UT-R  thing
GET  /loyalty/v1/accounts/{customer_id}/statement                   A--SCDO-UT-R  thing
GET  /loyalty/v1/liability                                          AMP-----U--R  sum
POST /loyalty/v1/redemptions                                        ---------T-R  thing
GET  /loyalty/v1/redemptions/{redemption_id}                        A--SCDO-UT-R  thing
POST /loyalty/v1/redemptions/{redemption_id}/confirm                ---------T-R  thing
POST /loyalty/v1/redemptions/{redemption_id}/cancel                 ---------T-R  thing
GET  /segmentation/v1/scores                                        AMPS-D--U--R  list
GET  /segmentation/v1/customers/{customer_id}/scores                AMPS-D--U--R  thing
GET  /segmentation/v1/cells                                         AMPS-D--U--R  sum
GET  /segmentation/v1/cuts                                          AMPS-D--U--R  sum
POST /segmentation/v1/sweeps                                        AM---------R  chain
"""
ROWS = {
    " ".join(line[:68].split()): ({LETTERS[letter] for letter in line[68:80] if letter != "-"}, line[82:].strip())
    for line in MATRIX.strip("\n").splitlines()[1:]
}

SCOPES: dict[str, dict[str, Any]] = {
    "east": {"regions": ["east"]},
    "chain": {},
    "partner": {"partner": "tea-house"},
    # Last: a store's look-ups open members to it.
    "E1": {"stores": ["E1"]},
}
TARGETS = {"own store": "E1", "sibling store": "E2", "other region": "W1"}
OWN_STORE = {"own store": "E1"}
VISITOR = 1
LEAVERS = dict(zip(SCOPES, range(2, 2 + len(SCOPES)), strict=True))
"""Numbers of members beside a store's first: one to be looked up, and one to be erased in each scope. Only `customers`
knows them."""


@pytest.fixture(scope="module")
def chain(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FourStores]:
    keys = tmp_path_factory.mktemp("keys")
    with fresh_database(postgres) as database, FourStores(database, keys) as made:
        made.open_for_business()
        furnish(made)
        yield made


def furnish(chain: FourStores) -> None:
    """In each store a redemption to confirm and one to cancel, a receipt in quarantine, an sms consent."""
    for store in STORES:
        for verb in ("confirm", "cancel"):
            body = {"redemption_id": str(redemption(store, verb)), "customer_id": str(member(store)), "points": 1}
            chain.done("POST /loyalty/v1/redemptions", body)
        other = receipt(store) | {"checkout_id": str(member(store))}
        chain.done("POST /stores/v1/receipts", {"receipts": [other]})
        consent = {"purpose": "marketing", "channel": "sms", "text_version": "t1"}
        chain.done(f"POST /customers/v1/customers/{member(store)}/consents", consent)
        for n in (VISITOR, *LEAVERS.values()):
            chain.done("POST /customers/v1/customers", person(store, n))


def redemption(store: str, verb: str) -> str:
    return str(derived_id("matrix", store, verb))


def details(store: str) -> dict[str, Any]:
    place = {"time_zone": "Asia/Shanghai", "currency": "CNY", "region": REGIONS.get(store)}
    return {"store": store, "name": store, **place}


BODIES: dict[str, Callable[[str], Any]] = {
    "POST /stores/v1/stores": details,
    "POST /stores/v1/stores/batch": lambda store: {"stores": [details(store)]},
    "POST /stores/v1/stores/{code}/tills": lambda _: {"till": "1"},
    "POST /stores/v1/receipts": lambda store: {"receipts": [receipt(store)]},
    "POST /stores/v1/receipts/{receipt_id}/attribution": lambda store: {"member": {"card": card(store)}},
    "POST /stores/v1/receipts/{receipt_id}/returns": lambda store: {
        "return_id": str(derived_id("matrix", store, "return")),
        "returned_at": "2026-03-05T12:00:00+08:00",
        "lines": [{"line": 1, "quantity": 1}],
    },
    "POST /stores/v1/receipts/{receipt_id}/void": lambda _: {},
    "POST /customers/v1/customers": person,
    "POST /customers/v1/customers/batch": lambda store: {"customers": [person(store)]},
    "POST /customers/v1/customers/{customer_id}/identifiers": lambda store: {"kind": "card", "value": card(store)},
    "POST /customers/v1/customers/{customer_id}/consents": lambda _: {"purpose": "profiling", "text_version": "t1"},
    "POST /customers/v1/customers/{customer_id}/consents/withdrawals": lambda _: {"purpose": "membership"},
    "POST /customers/v1/customers/{customer_id}/profile-views": lambda _: {"purpose": "service"},
    "POST /customers/v1/customers/{customer_id}/address-releases": lambda _: {"purpose": "marketing", "channel": "sms"},
    "POST /customers/v1/lookups": lambda store: {"card": card(store, VISITOR)},
    "POST /loyalty/v1/redemptions": lambda store: {
        "redemption_id": redemption(store, "confirm"),
        "customer_id": str(member(store)),
        "points": 1,
    },
}
"""What is sent about a store; each may be sent again without changing anything."""


def stores_of(body: Any) -> set[str]:
    # Those whom a look-up made visible meanwhile are left out: they are other tests' business.
    homes = {str(member(store)): store for store in STORES}
    return {homes[item["customer_id"]] for item in body["items"] if item["customer_id"] in homes}


LISTED: dict[str, Callable[[Any], set[str]]] = {
    "GET /stores/v1/stores": lambda body: {item["store"] for item in body["items"]},
    "GET /stores/v1/quarantine": lambda body: {item["store_id"] for item in body["items"]},
    "GET /stores/v1/sales": lambda body: {item["store"] for item in body["items"]},
    "GET /customers/v1/customers": stores_of,
    "GET /loyalty/v1/accounts": stores_of,
    "GET /segmentation/v1/scores": stores_of,
}
"""The stores of which a list shows something."""

SUMMED: dict[str, Callable[[Any], int]] = {
    "GET /stores/v1/totals": lambda body: sum(total["stores"] for total in body["totals"]),
    "GET /loyalty/v1/liability": lambda body: int(body["members"]),
    "GET /segmentation/v1/cells": lambda body: int(body["members"]),
    "GET /segmentation/v1/cuts": lambda body: int(body["population"]),
}
"""How many stores, or members of whom each store has one, a sum is over."""


def path_of(route: str, store: str, scope: str) -> str:
    number = "2" if route.endswith("returns") else "3" if route.endswith("void") else "1"
    verb = "cancel" if route.endswith("cancel") else "confirm"
    return route.format(
        code=store,
        customer_id=member(store, LEAVERS[scope] if route.endswith("erasure") else 0),
        receipt_id=receipt_id(store, number),
        redemption_id=redemption(store, verb),
    )


def seen(role: str, scope: str) -> set[str]:
    """The stores that somebody sees."""
    if role == "partner" or scope == "partner":
        return set()
    if scope == "chain":
        return set() if role in BOUND else set(STORES)
    return {"E1"} if scope == "E1" else {"E1", "E2"}


def expected(kind: str, role: str, scope: str, target: str) -> object:
    """What a call comes to, in the words of `met`."""
    sees = seen(role, scope)
    inside = target in sees
    # A store's look-up opens whoever it is; others find whom they see.
    opens = inside or (scope == "E1" and role != "partner")
    sends = inside and (role != "till" or target == "E1")
    return {
        "thing": "done" if inside else 404,
        "home": "done" if inside else 422,
        "each": "done" if inside else "refused by itself",
        "sends": "done" if sends else "refused by itself",
        "list": sees,
        "sum": len(sees),
        "opens": "done" if opens else 404,
        "chain": "done" if sees == set(STORES) else 403,
    }[kind]


def met(route: str, kind: str, answer: Response) -> object:
    """What came of a call: a refusal's status, or what was shown or done."""
    if answer.status_code >= 300:
        return answer.status_code
    if kind == "list":
        return LISTED[route](answer.json())
    if kind == "sum":
        return SUMMED[route](answer.json())
    if kind in {"each", "sends"}:
        (result,) = answer.json()["results"]
        return "refused by itself" if result["outcome"] in {"invalid", "rejected"} else "done"
    return "done"


def ask(chain: FourStores, route: str, role: str, scope: str, target: str) -> Response:
    body = BODIES[route](target) if route in BODIES else None
    answer = chain.call(path_of(route, target, scope), body, headers=token(role, scope))
    if not route.endswith(("profile-views", "address-releases")):
        assert not any(word in answer.text for word in PERSONAL), f"{route} shows what is personal: {answer.text}"
    return answer


def token(role: str, scope: str) -> dict[str, str]:
    if role == "anonymous":
        return {}
    return bearer(role, device="E1/1" if role == "till" else None, **SCOPES[scope])


def test_the_matrix_names_every_route_and_every_role(chain: FourStores) -> None:
    served = {
        f"{method} /{service.name}/v1{route.path}"
        for service in chain.services.values()
        for route in service.router.routes
        if isinstance(route, APIRoute)
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

    note(ask(chain, route, "anonymous", "E1", "E1").status_code, 401, "anonymous")
    for role in ROLES.keys() - roles:
        note(ask(chain, route, role, "E1", "E1").json()["code"], "permission_denied", role)
    for scope in SCOPES:
        # What is about no store in particular is asked for once, and so is what nobody of the scope can see.
        targets = OWN_STORE if kind in {"list", "sum", "chain"} or scope == "partner" else TARGETS
        for role in sorted(roles):
            for name, target in targets.items():
                answer = ask(chain, route, role, scope, target)
                note(met(route, kind, answer), expected(kind, role, scope, target), role, scope, name)
    assert wrong == {}


@pytest.mark.parametrize("route", [route for route, (_, kind) in ROWS.items() if kind == "thing"])
def test_what_lies_outside_is_answered_like_what_does_not_exist(chain: FourStores, route: str) -> None:
    (role, *_) = sorted(ROWS[route][0] - {"partner"})
    there, nowhere = (ask(chain, route, role, "E1", store) for store in ("W1", "N0"))
    assert there.status_code == nowhere.status_code == 404
    assert without_names(there, "W1") == without_names(nowhere, "N0")
    assert answered_headers(there) == answered_headers(nowhere)


def without_names(answer: Response, store: str) -> str:
    text: str = answer.text.replace(str(member(store)), "ID").replace(repr(store), "CODE")
    for verb in ("confirm", "cancel"):
        text = text.replace(redemption(store, verb), "ID")
    return text


def answered_headers(answer: Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers.items() if name != "x-correlation-id"]
