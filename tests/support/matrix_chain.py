"""What the chain of `four_stores` needs so that every cell of the matrix can be called: something to call it about.

Each store has a partner in its street and promotions with it; the first store's partner is the tea house.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.campaigns.domain.campaign.decider import campaign_id_of
from services.notifications import bootstrap as notifications
from services.notifications.application.links import UnsubscribeLinks
from services.notifications.settings import NotificationsSettings
from shared.access.issuer import Grant
from shared.contracts.campaigns import FundingShare, FundingShared
from shared.contracts.notifications import SendRequested
from shared.identity.keys import load_key
from shared.kernel.ids import derived_id
from shared.runtime.http import build_app
from tests.support.access import access, bearer, issuer
from tests.support.four_stores import STORES, FourStores, member, person, receipt
from tests.support.hostile_http import serving

if TYPE_CHECKING:
    from uuid import UUID

PARTIES = {"E1": "tea-house", "E2": "book-shop", "W1": "bakery", "W2": "florist"}
"""Whose partner is in the street of which store."""
US = "us"
SEGMENT = "buyers"
BUYERS = {"kind": "purchases", "measure": "receipts", "window_days": 180, "min": 1}
BASKET = {"till": "1", "lines": [{"line": 1, "product": "P1", "quantity": 1, "amount_minor": 1_000}]}
CAMPAIGNS = {
    "shown": ("submission", "approval", "start"),
    "given": ("submission", "approval", "start"),
    "stopped": ("submission",),
    "unsigned": (),
}
"""Joint promotions of each store with its partner, and how far each has come: one to be looked at and claimed at the
partner's tills, one that is claimed at ours, one to be stopped, one to be signed."""
LIVES = {
    "revision": (),
    "submission": (),
    "approval": ("submission",),
    "return": ("submission",),
    "schedule": ("submission", "approval"),
    "start": ("submission", "approval"),
    "pause": ("submission", "approval", "start"),
    "resume": ("submission", "approval", "start", "pause"),
    "coupons": (),
}
"""Campaigns of the whole chain, each where something can be done with it."""


def furnish(chain: FourStores, others: tuple[int, ...]) -> None:
    """Something of each kind in each store. `others` are numbers of members whom only `customers` knows."""
    for store in STORES:
        _furnish_store(chain, store)
    segment = {"code": SEGMENT, "name": "buyers", "rule": BUYERS}
    chain.done("POST /segmentation/v1/segments", segment)
    chain.settle()
    chain.done("POST /segmentation/v1/sweeps")
    _promote(chain)
    _write_to_members(chain)
    for store in STORES:
        for verb in ("confirmation", "release", "held"):
            chain.done("POST /campaigns/v1/checkouts", basket(store, verb))
        # Late: while it is open nobody writes to her.
        chain.done(f"POST /customers/v1/customers/{member(store)}/complaints", complaint(store))
    chain.settle()
    for store in STORES:
        for n in others:
            chain.done("POST /customers/v1/customers", person(store, n))


def _furnish_store(chain: FourStores, store: str) -> None:
    """Redemptions to confirm and to cancel, a receipt in quarantine, consents, a closed channel."""
    of_member = f"POST /customers/v1/customers/{member(store)}"
    for verb in ("confirm", "cancel"):
        body = {"redemption_id": thing(store, verb), "customer_id": str(member(store)), "points": 1}
        chain.done("POST /loyalty/v1/redemptions", body)
    chain.done("POST /stores/v1/receipts", {"receipts": [receipt(store) | {"checkout_id": str(member(store))}]})
    for channel in ("sms", "phone"):
        chain.done(f"{of_member}/consents", {"purpose": "marketing", "channel": channel, "text_version": "t1"})
    chain.done("POST /notifications/v1/suppressions", {"customer_id": str(member(store)), "channel": "email"})


def _promote(chain: FourStores) -> None:
    street = {"category": "grocery", "latitude": 31.2, "longitude": 121.4}
    chain.done("POST /campaigns/v1/parties", street | {"code": US, "name": "Us", "ours": True, "stores": STORES})
    for code in PARTIES.values():
        chain.done("POST /campaigns/v1/parties", street | {"code": code, "name": code})
    for name, steps in LIVES.items():
        chain.done("POST /campaigns/v1/campaigns", draft(name, coupon_required=name == "coupons"))
        _lead(chain, name, steps)
    for store, partner in PARTIES.items():
        for name, steps in CAMPAIGNS.items():
            code = f"{name}-{store.lower()}"
            claimed, redeemed = (US, partner) if name == "given" else (partner, US)
            joint = {"claim_party": claimed, "redeem_party": redeemed, "shares": {US: "50", partner: "50"}}
            chain.done("POST /campaigns/v1/campaigns", draft(code, joint=joint))
            if steps:
                _sign(chain, code, partner)
            _lead(chain, code, steps)
        chain.tell(_shared(store, partner), campaign_id_of(f"shown-{store.lower()}"))
    chain.run("campaigns.sweep")
    chain.settle()


def _lead(chain: FourStores, code: str, steps: tuple[str, ...]) -> None:
    for step in steps:
        # Whoever approves is another person than the author.
        by = bearer("approver", name="chief") if step == "approval" else None
        chain.done(f"POST /campaigns/v1/campaigns/{campaign_id_of(code)}/{step}", headers=by)


def _sign(chain: FourStores, code: str, partner: str) -> None:
    path = f"POST /campaigns/v1/campaigns/{campaign_id_of(code)}/signatures"
    chain.done(path, {"party": US})
    chain.done(path, {"party": partner}, headers=bearer("partner", partner=partner, name=f"owner of {partner}"))


def _shared(store: str, partner: str) -> FundingShared:
    return FundingShared(
        campaign_id=campaign_id_of(f"shown-{store.lower()}"),
        redemption_id=derived_id("matrix", store, "shared"),
        redemption_version=1,
        redeemed_by=US,
        store_id=store,
        business_date="2026-03-01",
        occurred_at="2026-03-01T18:30:00+08:00",
        currency="CNY",
        discount_minor=1_000,
        shares=(FundingShare(US, 500), FundingShare(partner, 500)),
    )


def _write_to_members(chain: FourStores) -> None:
    """A message to each store's member, which becomes a call: no provider but the store's clerks is there."""
    for store in STORES:
        request = SendRequested(
            request_id=message_id(store),
            customer_id=member(store),
            purpose="marketing",
            template="win-back",
            channels=("phone",),
            values={"offer": "20% off", "ends_on": "2026-03-31"},
            send_after="2026-03-01T18:30:00+08:00",
            expires_at="2026-03-31T18:30:00+08:00",
            occurred_at="2026-03-01T18:30:00+08:00",
        )
        chain.tell(request, member(store))
    chain.settle()
    with serving(build_app(list(chain.services.values()), access=access())) as port:
        _send(chain, f"http://127.0.0.1:{port}")
    chain.settle()


def _send(chain: FourStores, vault_url: str) -> None:
    """Once, by senders that reach the vault."""
    service = notifications.build(
        chain.database.settings(
            NotificationsSettings,
            keys_dir=chain.keys,
            business_time=chain.business_time,
            vault_url=vault_url,
            vault_token=issuer().token(Grant("notifications", ["service"], None, None, None, None), minutes=5),
        )
    )
    try:
        for job in service.jobs:
            if job.name.startswith("notifications.send."):
                job.run(chain.today)
    finally:
        service.engine.dispose()


def draft(code: str, **more: Any) -> dict[str, Any]:
    """A campaign for everybody."""
    name = {"zh-CN": "九折", "en": "10% off"}
    offer = {"kind": "percent", "percent": 10, "conditions": {"products": ["P1"]}}
    return {"code": code, "name": name, "days": 30, "offer": offer} | more


def basket(store: str, verb: str) -> dict[str, Any]:
    """What is held in a store for one step of a checkout."""
    return BASKET | {"store": store, "checkout_id": thing(store, verb)}


def complaint(store: str) -> dict[str, Any]:
    """What a store's member complains about."""
    return {"complaint_id": thing(store, "complaint"), "category": "service", "text": "nobody was at the counter"}


def thing(store: str, verb: str) -> str:
    """The id of what a store has for one step."""
    return str(derived_id("matrix", store, verb))


def message_id(store: str) -> UUID:
    """Of the message to a store's member, and of the call that it became."""
    return derived_id("matrix", store, "message")


def link_token(chain: FourStores, store: str) -> str:
    """From the link in that message."""
    links = UnsubscribeLinks(load_key(chain.keys / "unsubscribe.key"), "https://shop.example")
    return links.url(message_id(store), "sms").rpartition("/")[2]
