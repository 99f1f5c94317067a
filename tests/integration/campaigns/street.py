"""What people of a street with several parties do: draft together, sign, claim; and several of them at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.integration.campaigns.conftest import TEA, US, draft, members

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.campaigns.conftest import Campaigns

JOINT = {"claim_party": US, "redeem_party": TEA, "shares": {US: "33.33", TEA: "66.67"}}
ANNE, BEN = members(2, "joint")


def together(**more: Any) -> dict[str, Any]:
    return draft(segment=None, hold_out_percent=0, message=None, joint=JOINT, **more)


def drafted(street: Campaigns, **more: Any) -> UUID:
    answer = street.by("marketer", "ann").post("/campaigns", json=together(**more)).raise_for_status()
    return UUID(answer.json()["campaign_id"])


def partner(street: Campaigns, name: str = "bo", of: str = TEA) -> Any:
    return street.by("partner", name, partner=of)


def ready(*clients: Any) -> tuple[Any, ...]:
    """Clients that have called before: a framework that makes its routes at the first call is no part of a race."""
    for client in clients:
        client.get("/nowhere")
    return clients


def sign_both(street: Campaigns, id_: UUID) -> None:
    street.by("approver", "carl").post(f"/campaigns/{id_}/signatures", json={"party": US}).raise_for_status()
    partner(street).post(f"/campaigns/{id_}/signatures", json={"party": TEA}).raise_for_status()


def submit(street: Campaigns, id_: UUID) -> None:
    street.by("marketer", "ann").post(f"/campaigns/{id_}/submission").raise_for_status()


def running(street: Campaigns, **more: Any) -> UUID:
    id_ = drafted(street, **more)
    sign_both(street, id_)
    submit(street, id_)
    street.by("approver", "chef").post(f"/campaigns/{id_}/approval").raise_for_status()
    street.by("marketer", "ann").post(f"/campaigns/{id_}/start").raise_for_status()
    street.sweep()
    assert street.campaign(id_)["status"] == "running"
    return id_


def claim(street: Campaigns, id_: UUID, *, by: Any = None, **body: Any) -> Any:
    return (by or street.by("till", "till 1", stores=["367"], device="367/1")).post(
        f"/campaigns/{id_}/claims", json=body
    )


def codes(answer: Any) -> list[str]:
    return [item["code"] for item in answer.raise_for_status().json()["items"]]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
