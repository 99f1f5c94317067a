"""Members whom a test registers in a showroom: real ones with a name and a phone, which the demo's data has not."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.calling import UnexpectedAnswerError
from shared.kernel.ids import new_id
from shared.testing.waiting import until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.showroom import Showroom

TEXT_VERSION = "browser-tests"
MEMBERSHIP = {"purpose": "membership", "text_version": TEXT_VERSION}


def agreed(channel: str) -> dict[str, str]:
    """A consent to marketing by a channel."""
    return {"purpose": "marketing", "channel": channel, "text_version": TEXT_VERSION}


def number(digits: int) -> str:
    """Nobody else's: a showroom may be used by many runs."""
    return "".join(random.choices("0123456789", k=digits))  # noqa: S311 - no secret


@dataclass(frozen=True)
class Neighbour:
    """Somebody who lives near the demo's store."""

    customer_id: str
    name: str
    phone: str
    card: str


def neighbour(
    showroom: Showroom,
    name: str = "欧阳小红",
    *,
    store: str | None = None,
    consents: Sequence[dict[str, str]] = (),
) -> Neighbour:
    """Registers somebody, by default in the clerk's store, and waits until the console knows her."""
    member = Neighbour(str(new_id()), name, f"138{number(8)}", f"88{number(10)}")
    registration: dict[str, Any] = {
        "customer_id": member.customer_id,
        "name": name,
        "phone": member.phone,
        "card": member.card,
        "home_store": store or showroom.store,
        "consents": [MEMBERSHIP, *consents],
    }
    showroom.caller("service-desk").post("/customers/v1/customers", registration)
    wait_until_known(showroom, member.customer_id)
    return member


def wait_until_known(showroom: Showroom, customer_id: str) -> dict[str, Any]:
    """What the console says of a member, once its consumers have heard of her."""
    desk = showroom.caller("service-desk")

    def look() -> dict[str, Any] | None:
        try:
            return desk.get(f"/console/v1/members/{customer_id}")
        except UnexpectedAnswerError as answer:
            if answer.status != 404:
                raise
            return None

    return until(look, timeout_s=60, what="the console to know a member") or {}
