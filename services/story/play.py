"""The story itself: a marketer's question, an offer, its approval, the mail, the tills, and what it brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from services.story import campaign as offers
from services.story.cast import Cast, choose, reach
from services.story.inbox import Inbox
from services.story.messages import Messages
from services.story.result import tell_member, tell_result
from services.story.shopping import Shops
from services.story.telling import Teller, wait_for
from services.story.tills import Day

if TYPE_CHECKING:
    from rich.console import Console

    from services.story.stage import Stage

EVENING = 21
QUIET_FROM = 20
MORNING = 8
DAYS_BETWEEN = 8
"""Between two stories, so that the second one's messages are not too many in a week."""


def play(console: Console, stage: Stage) -> None:
    """Plays one campaign from the question to the result. May be called again: the next one is another campaign.

    Raises `StoryError` when something that should happen does not.
    """
    Story(Teller(console), stage).play()


@dataclass
class Story:
    """One run."""

    teller: Teller
    stage: Stage

    def play(self) -> None:
        """Scene by scene."""
        number = self._begin()
        cast = self._ask()
        campaign = self._write(number, len(cast.agreed))
        with Inbox(self.stage.data_dir).open(self.stage.mail_port):
            messages = Messages(self.teller, self.stage, campaign, cast)
            messages.in_the_evening(_morning_after(self.stage.now))
            messages.in_the_morning()
            shops = Shops(self.stage.people, cast, campaign.code)
            day = Day(self.teller, self.stage, campaign, shops, cast, messages.treated, messages.held_out)
            day.play()
            self._sleep()
        tell_result(self.teller, campaign, f"{self.stage.now:%A, %d %B, %H:%M}")
        tell_member(self.teller, self.stage, cast, next(iter(day.receipts)))

    def _begin(self) -> int:
        """An evening, after all that earlier stories did."""
        people, stage = self.stage.people, self.stage
        number = offers.end_earlier(people)
        self.teller.console.rule(f"[bold]The story of a campaign[/]  ({offers.CODE}{number})")
        stage.move_to(_evening(stage.now + timedelta(days=DAYS_BETWEEN if number > 1 else 0)))
        with self.teller.busy("A day ends: everybody is scored anew"):
            self._score()
        self.teller.say(f"It is {stage.now:%A, %d %B %Y, %H:%M} in the shops.")
        return number

    def _ask(self) -> Cast:
        people, teller = self.stage.people, self.teller
        teller.scene("A marketer asks who is slipping away")
        audience, size = choose(people.marketer, teller)
        names = {"code": offers.SEGMENT, "name": "挽回 · Win back", "rule": audience.rule}
        people.marketer.post("/segmentation/v1/segments", names)

        def members() -> list[str] | None:
            path = f"/segmentation/v1/segments/{offers.SEGMENT}/members"
            found = sorted(item["customer_id"] for item in people.operator.pages(path))
            return found if len(found) == size else None

        found = wait_for(members, f"the segment {offers.SEGMENT} to have its {size} members")
        teller.say(
            f"She takes the {audience.words}: [bold]{size:,}[/]. They are a segment now, [b]{offers.SEGMENT}[/]."
        )
        why = people.desk.get(f"/segmentation/v1/segments/{offers.SEGMENT}/members/{found[0]}/why")
        teller.say(f"Why is household {Cast(found).card_of(found[0])} in it? {_reason(why['why'])}.")
        cast = reach(people.desk, found, teller)
        teller.say(
            f"{len(cast.agreed) + len(cast.silent)} of them have an e-mail address;"
            f" {len(cast.agreed)} agreed to be written to, {len(cast.silent)} did not."
        )
        return cast

    def _write(self, number: int, contactable: int) -> offers.Campaign:
        people, teller = self.stage.people, self.teller
        teller.scene("She writes an offer, and headquarters says yes")
        campaign = offers.draft(people, number, contactable, self.stage.now + timedelta(days=offers.DAYS))
        teller.say(
            f"{offers.PERCENT_OFF} % off, at most ${offers.OFF_MINOR_MAX // 100}, once a member, {offers.DAYS} days,"
            f" {campaign.uses} uses in all; {campaign.hold_out_percent} % of the members are held out."
        )
        campaign.say(people.marketer, "submission")
        teller.say(
            f"She submits it. Her own approval is refused: [yellow]{campaign.refusal(people.marketer, 'approval')}[/]."
        )
        campaign.say(people.approver, "approval")
        campaign.say(people.marketer, "start")
        wait_for(lambda: campaign.now()["status"] == "running", f"{campaign.code} to run")
        teller.say("Headquarters approves it, and it starts.")
        teller.table(("audience", "members#"), _figures(campaign.audience()))
        return campaign

    def _sleep(self) -> None:
        self.stage.move_to(self.stage.next_day_at(10))
        with self.teller.busy("A night passes"):
            self._score()

    def _score(self) -> None:
        self.stage.people.operator.post("/segmentation/v1/sweeps", {"as_of": f"{self.stage.now:%Y-%m-%d}"})


def _evening(moment: datetime) -> datetime:
    """`moment` itself if the quiet hours have begun by then, else the evening of its day."""
    return moment if moment.hour >= QUIET_FROM else moment.replace(hour=EVENING, minute=0, second=0, microsecond=0)


def _morning_after(evening: datetime) -> datetime:
    """When the quiet hours are just over."""
    return (evening + timedelta(days=1)).replace(hour=MORNING, minute=1, second=0, microsecond=0)


def _reason(why: dict[str, Any]) -> str:
    """What the first leaf of the tree found."""
    return _reason(why["of"][0]) if why["of"] else str(why["text"])


def _figures(audience: dict[str, Any]) -> list[tuple[str, int]]:
    rows = [("in the segment", audience["in_segment"]), ("may be written to", audience["contactable"])]
    rows += [("treated", audience["treated"]), ("held out", audience["held_out"])]
    return rows + [(f"left out: {rule}", count) for rule, count in sorted(audience["excluded"].items())]
