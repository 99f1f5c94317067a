"""A promotion that a showroom's chain runs together with a tea house: claimed at ours, redeemed at theirs, shared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.demo.journey import CURRENCY, TILL
from shared.kernel.ids import new_id
from shared.testing.waiting import until
from tests.support.neighbours import neighbour

if TYPE_CHECKING:
    from services.calling import Caller
    from tests.support.showroom import Showroom

US, TEA = "regulars", "tea-house"
CODE = "tea-after-shopping"
CAMPAIGNS = "/campaigns/v1/campaigns"
OFF_MINOR = 300
PLACES = {US: (40.7411, -73.9897), TEA: (40.7420, -73.9880)}


def other_store(showroom: Showroom) -> str:
    """A store that is not the clerk's."""
    boards = showroom.caller("hq-admin").get("/console/v1/stores")["items"]
    ours = sorted(board["store_id"] for board in boards if board["store_id"].isdigit())
    return next(store for store in ours if store != showroom.store)


def play_together(showroom: Showroom) -> None:
    """Two parties, the partner's own user, and one use of what they offer. Once: again it changes nothing."""
    tea_store = other_store(showroom)
    marketer, approver = showroom.caller("marketer"), showroom.caller("approver")
    for code, name, store in ((US, "熟客 Regulars", showroom.store), (TEA, "清心茶馆 Tea House", tea_store)):
        latitude, longitude = PLACES[code]
        party = {"code": code, "name": name, "category": "tea" if code == TEA else "grocery", "ours": code == US}
        place = {"latitude": latitude, "longitude": longitude, "stores": [store]}
        marketer.post("/campaigns/v1/parties", party | place)
    (partner,) = (user for user in showroom.users.all() if user.name == "partner")
    showroom.users.put(replace(partner, partner=TEA))
    if any(campaign["code"] == CODE for campaign in marketer.pages(CAMPAIGNS)):
        return
    path = f"{CAMPAIGNS}/{marketer.post(CAMPAIGNS, _draft())['campaign_id']}"
    approver.post(f"{path}/signatures", {"party": US})
    showroom.caller("partner").post(f"{path}/signatures", {"party": TEA})
    marketer.post(f"{path}/submission")
    approver.post(f"{path}/approval")
    marketer.post(f"{path}/start")
    until(lambda: marketer.get(path)["status"] == "running", timeout_s=60, what="the promotion to run")
    guest = neighbour(showroom, "陆羽")
    showroom.till(showroom.store).post(f"{path}/claims", {"customer_id": guest.customer_id, "store": showroom.store})
    _redeem(showroom.till(tea_store), tea_store, guest.customer_id, showroom.now.isoformat())


def _draft() -> dict[str, Any]:
    return {
        "code": CODE,
        "name": {"zh-CN": "买完喝茶", "en": "Tea after shopping"},
        "days": 60,
        "offer": {"kind": "amount", "amount_minor": OFF_MINOR},
        "budget": {"currency": CURRENCY, "uses_per_member": 1},
        "joint": {"claim_party": US, "redeem_party": TEA, "shares": {US: "40", TEA: "60"}},
    }


def _redeem(till: Caller, store: str, customer_id: str, at: str) -> None:
    basket = {
        "store": store,
        "till": TILL,
        "occurred_at": at,
        "currency": CURRENCY,
        "customer_id": customer_id,
        "lines": [{"line": 1, "product": "oolong", "quantity": 1, "amount_minor": 1_200}],
    }

    def is_offered() -> bool:
        return bool(till.post("/campaigns/v1/quotes", basket)["effects"])

    until(is_offered, timeout_s=60, what="the tea house's till to know of the claim")
    checkout = str(new_id())
    till.post("/campaigns/v1/checkouts", basket | {"checkout_id": checkout})
    till.post(f"/campaigns/v1/checkouts/{checkout}/confirmation", {})
