"""Members as the pages show them. A customer id is a pseudonym: names come from the vault, by `customers`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.customers import Channel, ComplaintCategory

Stage = Literal["new", "active", "cooling", "at_risk", "lost", "back"]
RfmClass = Literal[
    "champions",
    "slipping_champions",
    "big_spenders",
    "lapsed_spenders",
    "regulars",
    "slipping_regulars",
    "occasional",
    "dormant",
]
Score = Annotated[int, Field(ge=1, le=5)]
Language = Literal["zh-CN", "en"]


class MemberRow(BaseModel):
    """One line of a list of members."""

    customer_id: UUID
    lifecycle: Stage | None = Field(description="Null before the first purchase that counts.")
    lifecycle_since: datetime | None
    rfm_class: RfmClass | None = Field(description="Null before the first scores.")
    r: Score | None
    f: Score | None
    m: Score | None
    registered_at: datetime | None
    home_store: str | None
    last_purchase: date | None = Field(description="The last business date with a purchase that counts.")
    last_store: str | None = Field(description="Where that was.")
    visits: int = Field(description="Purchases that count: not those that came back whole or were voided.")
    spend_minor: int = Field(description="What is left of them after returns, in minor units of `currency`.")
    currency: str | None = Field(description="Null without a purchase, and for whoever bought in several currencies.")
    points: int = Field(description="What she can spend; negative while her account is in debt.")
    contactable: list[Channel] = Field(
        description="How she agreed to hear of offers; nothing while a complaint is open."
    )
    complaint_open: bool
    last_contact_at: datetime | None = Field(description="When she last got a message, or was put on a call list.")


class MembersPage(BaseModel):
    """Members in the order that was asked for. `next_cursor` is null on the last page."""

    items: list[MemberRow]
    total: int | None = Field(description="How many there are with this filter; only on the first page.")
    next_cursor: str | None


class ComplaintView(BaseModel):
    """A complaint that waits for somebody. What she said is in the vault."""

    complaint_id: UUID
    customer_id: UUID
    category: ComplaintCategory
    store_id: str | None
    opened_at: datetime
    due_at: datetime


class ChannelView(BaseModel):
    """Whether she may be contacted by a channel."""

    channel: Channel
    allowed: bool
    why_not: Literal["no_consent", "complaint_open"] | None


class SuggestionView(BaseModel):
    """One thing to say to her, and why, in the languages of the page."""

    code: str = Field(description="Stable; `say` and `why` are its words.")
    say: dict[Language, str]
    why: dict[Language, str]


class SegmentView(BaseModel):
    """A segment that she is in; its reason is at GET /api/segmentation/v1/customers/{customer_id}/segments."""

    code: str
    since: datetime


class LastContactView(BaseModel):
    """The last message that was sent to her, or the last task to call her."""

    at: datetime
    channel: Channel
    template: str
    campaign_id: UUID | None


class MemberView(BaseModel):
    """One member, for the person in front of her. Offers: GET /api/campaigns/v1/customers/{customer_id}/offers."""

    member: MemberRow
    may_contact: list[ChannelView]
    suggestion: SuggestionView | None = Field(description="Null when there is nothing particular to say.")
    usable_points: int = Field(description="Points that she can spend now; never negative.")
    segments: list[SegmentView]
    complaints: list[ComplaintView] = Field(description="Those that are open, the most urgent first.")
    last_contact: LastContactView | None


class TodayView(BaseModel):
    """What somebody who runs a store does first. Birthdays and calls: `customers` and `notifications`."""

    business_today: date
    uncontacted_days: int = Field(description="Nobody contacted means: not within so many days.")
    at_risk: list[MemberRow] = Field(description="Good customers about to be lost, whom nobody contacted.")
    at_risk_total: int
    best: list[MemberRow] = Field(description="The best customers, whom nobody contacted.")
    best_total: int
    new_members: int = Field(description="Who registered on the business date.")
    complaints: list[ComplaintView] = Field(description="Open ones, by the time that is left.")
