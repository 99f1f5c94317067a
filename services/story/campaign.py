"""The campaign, from the marketer's draft to the day on which headquarters lets it start, and what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.calling import Caller, UnexpectedAnswerError
from services.demo.journey import CURRENCY
from services.story.complaint import close_left_open
from services.story.telling import StoryError, wait_for

if TYPE_CHECKING:
    from datetime import datetime

    from services.story.people import People

SEGMENT = "story-win-back"
CODE = "story-win-back-"
DAYS = 14
PERCENT_OFF = 20
OFF_MINOR_MAX = 5_000
HOLD_OUT_PERCENT_MIN = 10
HELD_OUT_MIN = 40
"""As many as are expected to be held out: a result's interval needs thirty."""
USES_MAX = 300
MORE_USES = 3
"""What is left of the budget when the tills race for it."""
OVER = {"ended", "stopped"}
CAMPAIGNS = "/campaigns/v1/campaigns"


@dataclass(frozen=True, slots=True)
class Campaign:
    """One run of the story is one campaign."""

    people: People
    campaign_id: str
    code: str
    uses: int = 0
    hold_out_percent: int = 0

    @property
    def path(self) -> str:
        """Where it is."""
        return f"{CAMPAIGNS}/{self.campaign_id}"

    def say(self, who: Caller, what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """`who` has something done to it: submission, approval, start."""
        return who.post(f"{self.path}/{what}", body, key=f"{self.code}-{what}-{uuid.uuid4()}")

    def refusal(self, who: Caller, what: str) -> str:
        """The word with which it is refused. Raises `StoryError` when it is not."""
        try:
            self.say(who, what)
        except UnexpectedAnswerError as refused:
            return refused.code
        msg = f"{what} of {self.code} should have been refused, and was not"
        raise StoryError(msg)

    def now(self) -> dict[str, Any]:
        """As it stands."""
        return self.people.marketer.get(self.path)

    def audience(self) -> dict[str, Any]:
        """Who was assigned, and who was not by which rule."""
        return self.people.marketer.get(f"{self.path}/audience")

    def result(self) -> dict[str, Any]:
        """What it brought, so far."""
        return self.people.marketer.get(f"{self.path}/result")

    def funnel(self) -> dict[str, Any]:
        """What became of its messages."""
        return self.people.marketer.get(f"/notifications/v1/campaigns/{self.campaign_id}/funnel")

    def redemptions(self) -> list[dict[str, Any]]:
        """Every use of its offer, as it stands."""
        return list(self.people.marketer.pages(f"{self.path}/redemptions"))

    def wait_for_funnel(self, reached: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """Until its messages have come so far."""

        def look() -> dict[str, Any] | None:
            found = self.funnel()
            return found if reached(found) else None

        return wait_for(look, what)


def end_earlier(people: People) -> int:
    """Settles and stops what earlier stories left; the number of this one."""
    numbers = [0]
    for item in list(people.marketer.pages(CAMPAIGNS)):
        number = item["code"].removeprefix(CODE)
        if item["code"].startswith(CODE) and number.isdigit():
            numbers.append(int(number))
            if item["status"] not in OVER:
                earlier = Campaign(people, item["campaign_id"], item["code"])
                close_left_open(people, earlier)
                earlier.say(people.operator, "stop", {"reason": "the next story begins"})
    return max(numbers) + 1


def draft(people: People, number: int, contactable: int, ends_on: datetime) -> Campaign:
    """What the marketer writes, for so many members that may be written to."""
    code, uses = f"{CODE}{number}", max(MORE_USES + 1, min(USES_MAX, contactable // 3))
    hold_out_percent = min(50, max(HOLD_OUT_PERCENT_MIN, -(-100 * HELD_OUT_MIN // max(1, contactable))))
    made = people.marketer.post(
        CAMPAIGNS,
        {
            "code": code,
            "name": {"zh-CN": f"欢迎回来 {number}", "en": f"Welcome back {number}"},
            "segment": SEGMENT,
            "days": DAYS,
            "hold_out_percent": hold_out_percent,
            "budget": {"uses": uses, "uses_per_member": 1, "currency": CURRENCY},
            "offer": {"kind": "percent", "percent": str(PERCENT_OFF), "max_minor": OFF_MINOR_MAX},
            "message": {
                "template": "win-back",
                "channels": ["email"],
                "values": {"offer": f"{PERCENT_OFF} %", "ends_on": f"{ends_on:%Y-%m-%d}"},
            },
        },
        key=f"{code}-draft",
    )
    return Campaign(people, made["campaign_id"], code, uses, hold_out_percent)
