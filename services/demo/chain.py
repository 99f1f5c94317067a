"""The demo's client: what a chain's tills and offices send, and what the services answer. HTTP only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random_exponential

from services.demo.expected import ExpectedMember, ExpectedStore
from services.demo.journey import CURRENCY, STORES_TIME_ZONE, TILL
from services.demo.report import Actual
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

REQUEST_S_MAX = 60.0
RETRY_S_MAX = 120.0
BATCH = 500
PAGE = 200


class UnexpectedAnswerError(RuntimeError):
    """A service said something that the demo does not understand; the message quotes its problem document."""


class _AwayError(RuntimeError):
    """A service is away or starting again; the same request will do."""


def customer_id(card: str) -> UUID:
    """The id under which the demo registers a card's household; the caller makes it, so a retry is harmless."""
    return derived_id("complete-journey", "household", card)


class Chain:
    """A chain that talks to each service at its address in `addresses`, with `token` as who it is."""

    def __init__(self, addresses: Mapping[str, str], token: str) -> None:
        self._addresses = addresses
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {token}"},
            timeout=REQUEST_S_MAX,
            trust_env=False,
        )

    def register_stores(self, stores: Sequence[str]) -> None:
        """Registers stores, each with one till. Repeatable."""
        for first in range(0, len(stores), BATCH):
            answer = self._post(
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
        """Registers households by their cards. Repeatable."""
        for first in range(0, len(cards), BATCH):
            answer = self._post(
                "/customers/v1/customers/batch",
                {
                    "customers": [
                        {"customer_id": str(customer_id(card)), "card": card} for card in cards[first : first + BATCH]
                    ],
                },
            )
            _none_failed(answer)

    def send(self, body: bytes) -> dict[str, int]:
        """Sends receipts as a till does; how many were recorded, and how many were there already."""
        answer = self._post("/stores/v1/receipts", body)
        counts: dict[str, int] = answer["counts"]
        if counts.get("invalid") or counts.get("quarantined"):
            bad = [r for r in answer["results"] if r["outcome"] in {"invalid", "quarantined"}]
            msg = f"{len(bad)} receipts were not taken; the first: {bad[0]}"
            raise UnexpectedAnswerError(msg)
        return counts

    def sweep(self, as_of: str) -> None:
        """Scores everybody as of a date."""
        self._post("/segmentation/v1/sweeps", {"as_of": as_of})

    def figures(self, cards: Sequence[str]) -> Actual:
        """Everything that the services know, as they tell it."""
        (totals,) = self._get("/stores/v1/totals")["totals"]
        liability = self._get("/loyalty/v1/liability")
        scores = {item["customer_id"]: item for item in self._pages("/segmentation/v1/scores")}
        accounts = {item["customer_id"]: item for item in self._pages("/loyalty/v1/accounts")}
        customers = {item["customer_id"] for item in self._pages("/customers/v1/customers")}
        by_card = {card: str(customer_id(card)) for card in cards}
        members = {
            card: ExpectedMember(
                card=card,
                receipts=scores[id_]["receipts"],
                sales_minor=scores[id_]["sales_minor"],
                points=accounts[id_]["earned_total"],
                available=accounts[id_]["available"],
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
                "receipts": totals["receipts"],
                "lines": totals["lines"],
                "sales_minor": totals["sales_minor"],
                "points_issued": sum(account["earned_total"] for account in accounts.values()),
                "members": len(members) + len(strangers),
                "stores": totals["stores"],
            },
            members=members,
            stores={
                item["store"]: ExpectedStore(item["store"], item["receipts"], item["sales_minor"])
                for item in self._pages("/stores/v1/sales", group_by="store")
            },
            liability=liability["outstanding"],
            cells=self._get("/segmentation/v1/cells")["filled"],
        )

    def _pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            page = self._get(path, limit=PAGE, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _get(self, path: str, **query: str | int) -> dict[str, Any]:
        return self._ask("GET", path, params=query)

    def _post(self, path: str, body: dict[str, Any] | bytes) -> dict[str, Any]:
        if isinstance(body, bytes):
            return self._ask("POST", path, content=body, headers={"content-type": "application/json"})
        return self._ask("POST", path, json=body)

    # A till does not know whether an answer that never came was a yes: it sends the same again. Everything that
    # the demo sends is named by the caller, so the second time is harmless.
    @retry(
        retry=retry_if_exception_type((_AwayError, httpx2.TransportError)),
        wait=wait_random_exponential(multiplier=0.2, max=5),
        stop=stop_after_delay(RETRY_S_MAX),
        reraise=True,
    )
    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - httpx's own arguments
        address = self._addresses[path.split("/", 2)[1]]
        answer = self._client.request(method, f"{address}/api{path}", **more)
        if answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE:
            msg = f"{method} {path}: {answer.text}"
            raise _AwayError(msg)
        if not answer.is_success:
            msg = f"{method} {path} answered {answer.status_code}: {answer.text[:500]}"
            raise UnexpectedAnswerError(msg)
        document: dict[str, Any] = answer.json()
        return document


def _none_failed(answer: dict[str, Any]) -> None:
    bad = [result for result in answer["results"] if result["outcome"] in {"rejected", "invalid"}]
    if bad:
        msg = f"{len(bad)} registrations were not taken; the first: {bad[0]}"
        raise UnexpectedAnswerError(msg)
