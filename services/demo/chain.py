"""The demo's client: what a chain's tills and offices send, and what the services answer. HTTP only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.calling import Caller, NotTakenError
from services.demo.expected import ExpectedMember, ExpectedStore
from services.demo.journey import AS_OF, CURRENCY, STORES_TIME_ZONE, TILL
from services.demo.people import person
from services.demo.report import Actual
from services.demo.year import Points, points_after, story_stores
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

BATCH = 500
_SUMS = ("receipts", "lines", "sales_minor")


def customer_id(card: str) -> UUID:
    """The id under which the demo registers a card's household; the caller makes it, so a retry is harmless."""
    return derived_id("complete-journey", "household", card)


class Chain:
    """A chain that talks to each service at its address in `addresses`, with `token` as who it is."""

    def __init__(self, addresses: Mapping[str, str], token: str) -> None:
        self._caller = Caller(addresses, token)

    def register_stores(self, stores: Sequence[str]) -> None:
        """Registers stores, each with one till. Repeatable."""
        for first in range(0, len(stores), BATCH):
            answer = self._caller.post(
                "/stores/v1/stores/batch",
                {
                    "stores": [
                        {
                            "store": store,
                            "name": f"Store {store}",
                            "time_zone": STORES_TIME_ZONE,
                            "currency": CURRENCY,
                            "tills": [TILL],
                        }
                        for store in stores[first : first + BATCH]
                    ],
                },
            )
            _none_failed(answer)

    def register_members(self, cards: Sequence[str]) -> None:
        """Registers households by their cards, with names that are made up. Repeatable."""
        for first in range(0, len(cards), BATCH):
            answer = self._caller.post(
                "/customers/v1/customers/batch",
                {
                    "customers": [
                        {"customer_id": str(customer_id(card)), "card": card, **person(card)}
                        for card in cards[first : first + BATCH]
                    ],
                },
            )
            _none_failed(answer)

    def send(self, body: bytes) -> dict[str, int]:
        """Sends receipts as a till does; how many were recorded, and how many were there already."""
        answer = self._caller.post("/stores/v1/receipts", body)
        counts: dict[str, int] = answer["counts"]
        if counts.get("invalid") or counts.get("quarantined"):
            bad = [r for r in answer["results"] if r["outcome"] in {"invalid", "quarantined"}]
            msg = f"{len(bad)} receipts were not taken; the first: {bad[0]}"
            raise NotTakenError(msg)
        return counts

    def sweep(self, as_of: str) -> None:
        """Scores everybody as of a date."""
        self._caller.post("/segmentation/v1/sweeps", {"as_of": as_of})

    def figures(self, cards: Sequence[str]) -> Actual:
        """Everything that the services know of the year, as they tell it; call it after a sweep as of its last day."""
        played_in = story_stores(self._caller)
        sold = {item["store"]: item for item in self._caller.pages("/stores/v1/sales", group_by="store")}
        apart = [sold.pop(store) for store in played_in & sold.keys()]
        (totals,) = self._caller.get("/stores/v1/totals")["totals"]
        scores = {item["customer_id"]: item for item in self._caller.pages("/segmentation/v1/scores")}
        accounts = {item["customer_id"]: item for item in self._caller.pages("/loyalty/v1/accounts")}
        customers = {item["customer_id"] for item in self._caller.pages("/customers/v1/customers")}
        later = points_after(self._caller, accounts, AS_OF) if apart else dict.fromkeys(accounts, Points())
        by_card = {card: str(customer_id(card)) for card in cards}
        members = {
            card: ExpectedMember(
                card=card,
                receipts=scores[id_]["receipts"],
                sales_minor=scores[id_]["sales_minor"],
                points=accounts[id_]["earned_total"] - later[id_].earned,
                available=accounts[id_]["available"] - later[id_].available,
                last_business_date=scores[id_]["last_business_date"],
                r=scores[id_]["r"],
                f=scores[id_]["f"],
                m=scores[id_]["m"],
            )
            for card, id_ in by_card.items()
            if id_ in scores and id_ in accounts and id_ in customers
        }
        strangers = (scores.keys() | accounts.keys() | customers) - set(by_card.values())
        return Actual(
            totals={
                **{name: totals[name] - sum(item[name] for item in apart) for name in _SUMS},
                "points_issued": sum(account["earned_total"] - later[id_].earned for id_, account in accounts.items()),
                "members": len(members) + len(strangers),
                "stores": totals["stores"] - len(apart),
            },
            members=members,
            stores={store: ExpectedStore(store, item["receipts"], item["sales_minor"]) for store, item in sold.items()},
            liability=self._caller.get("/loyalty/v1/liability")["outstanding"]
            - sum(change.outstanding for change in later.values()),
            cells=self._caller.get("/segmentation/v1/cells")["filled"],
        )


def _none_failed(answer: dict[str, Any]) -> None:
    bad = [result for result in answer["results"] if result["outcome"] in {"rejected", "invalid"}]
    if bad:
        msg = f"{len(bad)} registrations were not taken; the first: {bad[0]}"
        raise NotTakenError(msg)
