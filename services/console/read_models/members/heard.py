"""What is read of members' facts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Moment, Version, View, WholeNumber
from shared.contracts.customers import (
    Channel,
    ComplaintCategory,
    ComplaintClosed,
    ComplaintOpened,
    ConsentGiven,
    ConsentPurpose,
    ConsentWithdrawn,
    CustomerErased,
    CustomerRegistered,
)
from shared.contracts.loyalty import (
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    PointsReleased,
    PointsReserved,
    PointsTakenBack,
)
from shared.contracts.notifications import MessageSent
from shared.contracts.segmentation import ScoresChanged, ScoresWithdrawn, SegmentEntered, SegmentLeft
from shared.kernel.text import Code

Score = Annotated[int, Field(ge=1, le=5)]


class MemberFact(View):
    """Whom it is about."""

    customer_id: UUID


class RegistrationView(MemberFact):
    """Somebody became a member."""

    occurred_at: Moment
    home_store: Code | None = None


class ConsentView(MemberFact):
    """A consent that was given or taken back."""

    occurred_at: Moment
    purpose: ConsentPurpose
    channel: Channel | None = None


class ComplaintOpenedView(MemberFact):
    """She complained."""

    complaint_id: UUID
    occurred_at: Moment
    category: ComplaintCategory
    store_id: Code | None = None


class ComplaintClosedView(MemberFact):
    """It was settled."""

    complaint_id: UUID
    occurred_at: Moment


class ErasedView(MemberFact):
    """Who is to be forgotten."""


class ScoresView(MemberFact):
    """Her scores now."""

    recency: Score
    frequency: Score
    money: Score


class NoScoresView(MemberFact):
    """She has none any more."""


class SegmentView(MemberFact):
    """She entered or left a segment."""

    segment: Code
    membership_version: Version
    occurred_at: Moment


class PointsView(MemberFact):
    """What she can spend after a change of her account."""

    account_version: Version
    available: WholeNumber


class SentView(MemberFact):
    """A message that a provider accepted, or a task for a clerk to call."""

    channel: Channel
    template: Code
    campaign_id: UUID | None
    occurred_at: Moment


VIEWS: dict[str, type[View]] = {
    CustomerRegistered.type: RegistrationView,
    ConsentGiven.type: ConsentView,
    ConsentWithdrawn.type: ConsentView,
    ComplaintOpened.type: ComplaintOpenedView,
    ComplaintClosed.type: ComplaintClosedView,
    CustomerErased.type: ErasedView,
    ScoresChanged.type: ScoresView,
    ScoresWithdrawn.type: NoScoresView,
    SegmentEntered.type: SegmentView,
    SegmentLeft.type: SegmentView,
    PointsEarned.type: PointsView,
    PointsTakenBack.type: PointsView,
    PointsReserved.type: PointsView,
    PointsRedeemed.type: PointsView,
    PointsReleased.type: PointsView,
    PointsExpired.type: PointsView,
    MessageSent.type: SentView,
}
