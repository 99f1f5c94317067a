"""The complaint of a story: a member makes it in the evening, gets no mail in the morning, and is heard then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from services.calling import Caller
    from services.story.campaign import Campaign
    from services.story.people import People

MINDS_CHANGED = 2


@dataclass(frozen=True, slots=True)
class Complaint:
    """One member's, in one story: its id is the story's, and so another run can find it."""

    desk: Caller
    story: str
    customer: str

    @property
    def complaint_id(self) -> UUID:
        """The same every time."""
        return derived_id("story", self.story, "complaint")

    @property
    def _path(self) -> str:
        return f"/customers/v1/customers/{self.customer}/complaints"

    @property
    def is_open(self) -> bool:
        """Whether she waits for an answer."""
        found = self.desk.get(self._path)["items"]
        return any(item["complaint_id"] == str(self.complaint_id) and item["outcome"] is None for item in found)

    def open(self) -> None:
        """She is angry."""
        what = {"category": "service", "store": "367", "text": "Nobody at the counter."}
        self.desk.post(self._path, {"complaint_id": str(self.complaint_id), **what})

    def close(self) -> None:
        """She has been heard."""
        self.desk.post(f"{self._path}/{self.complaint_id}/closing", {"outcome": "resolved"})


def planned_messages(people: People, campaign: Campaign) -> dict[str, str]:
    """Customer -> message of a campaign, in the order of the customers' ids."""
    found = people.operator.pages("/notifications/v1/messages", campaign_id=campaign.campaign_id)
    return dict(sorted((item["customer_id"], item["message_id"]) for item in found))


def who_changes_her_mind(planned: Iterable[str]) -> tuple[str, str]:
    """Of those who would get a message: who takes her consent back, and who complains."""
    leaving, angry, *_ = sorted(planned)
    return leaving, angry


def close_left_open(people: People, campaign: Campaign) -> None:
    """Closes the complaint of a story that was stopped in the middle: its member would get no message for ever."""
    planned = planned_messages(people, campaign)
    if len(planned) < MINDS_CHANGED:
        return
    _, angry = who_changes_her_mind(planned)
    complaint = Complaint(people.desk, campaign.code, angry)
    if complaint.is_open:
        complaint.close()
