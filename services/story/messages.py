"""What the members are told: planned in the evening, kept back until the morning, then sent to those who may get it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2

from services.story.complaint import Complaint, planned_messages, who_changes_her_mind
from services.story.inbox import Inbox, Mail
from services.story.telling import StoryError

if TYPE_CHECKING:
    from datetime import datetime

    from services.story.campaign import Campaign
    from services.story.cast import Cast
    from services.story.stage import Stage
    from services.story.telling import Teller

SHOWN_LINES = 6
AFTER_S = 60
"""So long after the quiet hours the morning's sending is looked at."""


@dataclass
class Messages:
    """The campaign's mail, from the evening to the members."""

    teller: Teller
    stage: Stage
    campaign: Campaign
    cast: Cast
    _before: int = 0
    _planned: dict[str, str] = field(default_factory=dict)
    """Customer -> message."""

    def in_the_evening(self, morning: datetime) -> None:
        """Everything waits until the quiet hours are over; meanwhile two members change their minds."""
        teller, desk = self.teller, self.stage.people.desk
        treated = int(self.campaign.audience()["treated"])
        teller.scene("Messages, not at this hour")
        with teller.busy("notifications decides about each message"):
            funnel = self.campaign.wait_for_funnel(
                lambda found: found["deferred"] >= treated, f"{treated} messages to be deferred"
            )
        self._planned = planned_messages(self.stage.people, self.campaign)
        one = self._message(next(iter(self._planned)))
        teller.say(f"{funnel['planned']} messages were planned, and {funnel['deferred']} deferred: {_last(one)}.")
        self._before = len(Inbox(self.stage.data_dir).mails())
        leaving, angry = who_changes_her_mind(self._planned)
        scope = {"purpose": "marketing", "channel": "email"}
        desk.post(f"/customers/v1/customers/{leaving}/consents/withdrawals", scope)
        self._complaint = Complaint(desk, self.campaign.code, angry)
        self._complaint.open()
        teller.say(
            f"Late in the evening household {self.cast.card_of(leaving)} takes its consent back, and household"
            f" {self.cast.card_of(angry)} complains about store 367."
        )
        self.stage.move_to(morning)

    def in_the_morning(self) -> None:
        """Sent, each once, in the member's language; or not, with the reason."""
        teller, stage = self.teller, self.stage
        teller.scene(f"The next morning, {stage.now:%H:%M}")
        with teller.busy("notifications decides again and sends"):
            funnel = self.campaign.wait_for_funnel(
                # One goes on waiting: of whoever complained, until that is settled.
                lambda found: found["waiting"] <= 1 and not found["sending"],
                "every message to be decided",
            )
        mails = Inbox(stage.data_dir).mails()[self._before :]
        if len(mails) != funnel["sent"]:
            msg = f"{funnel['sent']} messages count as sent, and {len(mails)} mails came"
            raise StoryError(msg)
        teller.table(
            ("messages", "#"), [("sent", funnel["sent"]), *_suppressed(funnel), ("waiting", funnel["waiting"])]
        )
        languages = Counter(mail.language for mail in mails)
        told = ", ".join(f"{count} in {language}" for language, count in sorted(languages.items()))
        teller.say(f"The local mail server has {len(mails)} mails, {told}. One of each:")
        for language in sorted(languages):
            self._show(next(mail for mail in mails if mail.language == language))
        self._why_not()
        self._unsubscribe(mails)
        self._complaint.close()

    @property
    def treated(self) -> list[str]:
        """The members for whom a message was planned."""
        return sorted(self._planned)

    @property
    def held_out(self) -> list[str]:
        """The members who could have been written to, and are not so that the campaign's effect can be measured."""
        apart = self._planned.keys() | self._excluded().keys()
        return [customer for customer in self.cast.agreed if customer not in apart]

    def _excluded(self) -> dict[str, str]:
        """Customer -> the rule by which she was left out when it started."""
        excluded = self.stage.people.marketer.pages(f"{self.campaign.path}/audience/excluded")
        return {item["customer_id"]: item["rule"] for item in excluded}

    def _show(self, mail: Mail) -> None:
        lines = [line for line in mail.text.strip().splitlines() if line.strip()][:SHOWN_LINES]
        self.teller.console.print(f"     [bold]{mail.subject}[/]  [dim]{mail.to}[/]", highlight=False)
        for line in lines:
            self.teller.console.print(f"     {line}", highlight=False, markup=False)

    def _why_not(self) -> None:
        stopped = [item for item in self._messages() if item["status"] in {"suppressed", "deferred"}]
        self.teller.say("Who was not written to, and why:")
        rows = [(self.cast.card_of(item["customer_id"]), _last(self._message(item["customer_id"]))) for item in stopped]
        by_rule = Counter(self._excluded().values())
        rows += [(f"{count} others", f"{rule}, already when it started") for rule, count in sorted(by_rule.items())]
        self.teller.table(("household", "why"), rows)

    def _unsubscribe(self, mails: list[Mail]) -> None:
        mail = mails[-1]
        link = mail.unsubscribe_link
        if link is None:
            msg = f"mail {mail.name} has no List-Unsubscribe link"
            raise StoryError(msg)
        with httpx2.Client(trust_env=False, timeout=30) as browser:
            looked = browser.get(link)
            clicked = browser.post(link, data={"List-Unsubscribe": "One-Click"})
        if not (looked.is_success and clicked.is_success):
            msg = f"{link} answered {looked.status_code} and {clicked.status_code}"
            raise StoryError(msg)
        self.teller.say(
            f"{mail.to} has enough: opening the link of the mail changes nothing, the button behind it does."
        )

    def _messages(self) -> list[dict[str, Any]]:
        operator = self.stage.people.operator
        return list(operator.pages("/notifications/v1/messages", campaign_id=self.campaign.campaign_id))

    def _message(self, customer: str) -> dict[str, Any]:
        return self.stage.people.operator.get(f"/notifications/v1/messages/{self._planned[customer]}")


def _suppressed(funnel: dict[str, Any]) -> list[tuple[str, int]]:
    return [(f"suppressed: {item['rule']}", item["messages"]) for item in funnel["suppressed_by"]]


def _last(message: dict[str, Any]) -> str:
    decision = message["decisions"][-1]
    return f"[yellow]{decision['rule']}[/], {decision['detail'] or ''}".rstrip(", ")
