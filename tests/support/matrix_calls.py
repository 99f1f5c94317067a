"""A call for each cell of the matrix: where it goes, what is sent, who sends it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.campaigns.domain.campaign.decider import campaign_id_of
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
from tests.support.matrix import SCOPES, SERVED
from tests.support.matrix_chain import (
    BASKET,
    BUYERS,
    LIVES,
    PARTIES,
    SEGMENT,
    US,
    basket,
    complaint,
    draft,
    link_token,
    message_id,
    thing,
)
from tests.support.matrix_chain import furnish as furnish_chain

if TYPE_CHECKING:
    from httpx2 import Response

VISITOR = 1
LEAVERS = dict(zip(SCOPES, range(2, 2 + len(SCOPES)), strict=True))
"""Numbers of members beside a store's first: one to be looked up, and one to be erased in each scope. Only `customers`
knows them."""
AGAIN = {
    "POST /campaigns/v1/campaigns/{campaign_id}/submission": "campaign_status",
    "POST /campaigns/v1/campaigns/{campaign_id}/approval": "campaign_already_approved",
    "POST /campaigns/v1/campaigns/{campaign_id}/return": "campaign_status",
    "POST /notifications/v1/messages/{message_id}/reconciliation": "message_not_unknown",
    # This chain's services own no tables: whoever may ask is told where it can be done.
    **{f"POST /{service}/v1/operations/rebuilds": "operation_not_here" for service in SERVED},
}
"""What cannot be done twice, and what whoever comes late is told: she was let in."""
READ_MODELS = dict.fromkeys(SERVED, "visibility") | {"stores": "quarantine", "console": "members"}
_numbers = count()


def furnish(chain: FourStores) -> None:
    """Makes what the calls are about."""
    furnish_chain(chain, (VISITOR, *LEAVERS.values()))


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
        "return_id": thing(store, "return"),
        "returned_at": "2026-03-05T12:00:00+08:00",
        "lines": [{"line": 1, "quantity": 1}],
    },
    "POST /stores/v1/receipts/{receipt_id}/void": lambda _: {},
    "POST /customers/v1/customers": person,
    "POST /customers/v1/customers/batch": lambda store: {"customers": [person(store)]},
    "POST /customers/v1/customers/{customer_id}/identifiers": lambda store: {"kind": "card", "value": card(store)},
    "POST /customers/v1/customers/{customer_id}/preferences": lambda _: {"language": "en"},
    "POST /customers/v1/customers/{customer_id}/complaints": complaint,
    "POST /customers/v1/customers/{customer_id}/complaints/{complaint_id}/closing": lambda _: {"outcome": "resolved"},
    "POST /customers/v1/customers/{customer_id}/consents": lambda _: {"purpose": "profiling", "text_version": "t1"},
    "POST /customers/v1/customers/{customer_id}/consents/withdrawals": lambda _: {"purpose": "membership"},
    "POST /customers/v1/customers/{customer_id}/profile-views": lambda _: {"purpose": "service"},
    "POST /customers/v1/customers/{customer_id}/address-releases": lambda _: {"purpose": "marketing", "channel": "sms"},
    "POST /customers/v1/customers/{customer_id}/phone-views": lambda _: {"purpose": "marketing"},
    "POST /customers/v1/address-releases": lambda store: {
        "releases": [{"customer_id": str(member(store)), "purpose": "marketing", "channel": "sms"}],
    },
    "POST /customers/v1/searches": lambda _: {"text": "quillf", "limit": 50},
    "POST /customers/v1/profiles": lambda _: {"customer_ids": [str(member(store)) for store in STORES]},
    "POST /customers/v1/lookups": lambda store: {"card": card(store, VISITOR)},
    "POST /loyalty/v1/redemptions": lambda store: {
        "redemption_id": thing(store, "confirm"),
        "customer_id": str(member(store)),
        "points": 1,
    },
    "POST /segmentation/v1/segments": lambda _: {"code": SEGMENT, "name": "buyers", "rule": BUYERS},
    "POST /segmentation/v1/segments/preview": lambda _: {"rule": BUYERS},
    "POST /campaigns/v1/campaigns": lambda _: draft(f"drafted-{next(_numbers)}"),
    "PUT /campaigns/v1/campaigns/{campaign_id}": lambda _: draft("revision"),
    "POST /campaigns/v1/campaigns/{campaign_id}/return": lambda _: {"reason": "half as much"},
    "POST /campaigns/v1/campaigns/{campaign_id}/coupons": lambda _: {"count": 1},
    "POST /campaigns/v1/campaigns/{campaign_id}/signatures": lambda _: {"party": US},
    "POST /campaigns/v1/campaigns/{campaign_id}/claims": lambda store: {
        "customer_id": str(member(store)),
        "store": store,
    },
    "POST /campaigns/v1/global-hold-out": lambda _: {"percent": 0},
    "POST /campaigns/v1/parties": lambda _: {
        "code": "kiosk",
        "name": "Kiosk",
        "category": "papers",
        "latitude": 31,
        "longitude": 121,
    },
    "POST /campaigns/v1/quotes": lambda store: BASKET | {"store": store},
    "POST /campaigns/v1/checkouts": lambda store: basket(store, "held"),
    "POST /campaigns/v1/checkouts/{checkout_id}/confirmation": lambda _: {},
    "POST /notifications/v1/templates": lambda _: {"code": "hello", "channel": "sms", "language": "en", "body": "Hi"},
    "POST /notifications/v1/templates/preview": lambda _: {
        "code": "win-back",
        "channel": "sms",
        "language": "en",
        "values": {},
    },
    "POST /notifications/v1/messages/{message_id}/reconciliation": lambda _: {"accepted": True},
    "POST /notifications/v1/suppressions": lambda store: {"customer_id": str(member(store)), "channel": "email"},
    "POST /notifications/v1/call-list/{task_id}/outcome": lambda _: {"outcome": "no_answer"},
}
BODIES |= {
    f"POST /{service}/v1/operations/{verb}": lambda _, service=service, body=body: body(service)
    for service in SERVED
    for verb, body in (
        ("parked/redrive", lambda service: {"consumer": f"{service}.relay", "parked_id": 1}),
        ("rebuilds", lambda service: {"read_model": READ_MODELS[service]}),
    )
}
"""What is sent about a store; each may be sent again without changing anything, or makes one more."""
AS_PARTNER: dict[str, Callable[[str], Any]] = {
    "POST /campaigns/v1/campaigns/{campaign_id}/signatures": lambda _: {"party": PARTIES["E1"]},
    "POST /campaigns/v1/campaigns/{campaign_id}/claims": lambda store: {
        "customer_id": str(member(store)),
        "party": PARTIES["E1"],
    },
}
"""What somebody of the first store's partner sends instead."""
QUERIES = {
    "GET /campaigns/v1/campaigns": "?limit=200",
    "GET /console/v1/live": "?seconds=0",
    "GET /console/v1/members": "?limit=200",
    "GET /customers/v1/birthdays": "?date=2026-03-10",
    "GET /customers/v1/celebrations": "?limit=100",
}


def path_of(chain: FourStores, route: str, store: str, scope: str) -> str:
    token = link_token(chain, store) if "{token}" in route else ""
    return route.format(**_named(route, store, scope), month="2026-03", token=token) + QUERIES.get(route, "")


def names(route: str, store: str) -> list[str]:
    """What a route is told about a store, the longest first: an answer may repeat it."""
    told = {name for scope in SCOPES for name in _named(route, store, scope).values()}
    return sorted(told | {store}, key=len, reverse=True)


def _named(route: str, store: str, scope: str) -> dict[str, str]:
    number = "2" if route.endswith("returns") else "3" if route.endswith("void") else "1"
    verb = route.rpartition("/")[2]
    return {
        "code": _code(route, store),
        "store_id": store,
        "customer_id": str(member(store, LEAVERS[scope] if route.endswith("erasure") else 0)),
        "complaint_id": thing(store, "complaint"),
        "receipt_id": str(receipt_id(store, number)),
        "redemption_id": thing(store, "cancel" if verb == "cancel" else "confirm"),
        "checkout_id": thing(store, verb if verb in {"confirmation", "release"} else "held"),
        "campaign_id": str(campaign(route, store, scope)),
        "party": PARTIES.get(store, "nobody"),
        "message_id": str(message_id(store)),
        "task_id": str(message_id(store)),
    }


def _code(route: str, store: str) -> str:
    if "/segments/" in route:
        return SEGMENT if store in STORES else "nothing"
    return PARTIES.get(store, "nobody") if "/parties/" in route else store


def campaign(route: str, store: str, scope: str = "chain") -> UUID:
    """The campaign that a route is called about: one of the whole chain, or the store's with its partner."""
    verb = route.rpartition("/")[2]
    whole = "revision" if route.startswith("PUT") else verb
    if whole in LIVES:
        return campaign_id_of(whole)
    at_ours = "given" if scope != "partner" else "shown"
    name = {"claims": at_ours, "stop": "stopped", "signatures": "unsigned"}.get(verb, "shown")
    return campaign_id_of(f"{name}-{store.lower()}")


def ask(
    chain: FourStores,
    route: str,
    role: str,
    scope: str,
    target: str,
    *,
    headers: dict[str, str] | None = None,
) -> Response:
    """Calls a route about `target` as somebody with `role` in `scope`; `headers` instead are her token, made before."""
    bodies = BODIES | AS_PARTNER if scope == "partner" else BODIES
    body = bodies[route](target) if route in bodies else None
    path = path_of(chain, route, target, scope)
    answer = chain.call(path, body, headers=token(role, scope) if headers is None else headers)
    if not route.endswith(("profile-views", "phone-views", "address-releases")):
        assert not any(word in answer.text for word in PERSONAL), f"{route} shows what is personal: {answer.text}"
    return answer


@cache
def token(role: str, scope: str) -> dict[str, str]:
    if role == "anonymous":
        return {}
    device = "E1/1" if role == "till" else None
    return bearer(role, device=device, name=f"{role} of {scope}", **SCOPES[scope])
