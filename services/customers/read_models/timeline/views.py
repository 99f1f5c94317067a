"""What a timeline reads of other services' events: when, and the little that its row says."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts import campaigns, loyalty, notifications, segmentation, stores
from shared.contracts.base import Currency, View, WholeNumber
from shared.kernel.text import Code, Text

if TYPE_CHECKING:
    from shared.kernel.messages import Cause

Moment = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(2300, 1, 1, tzinfo=UTC))]
"""What a database and a calendar can both hold, whatever its offset."""


class Said(NamedTuple):
    """What a row says beside who, when and what kind: the last fields of `facts.Fact`, in its order."""

    store_id: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    points: int | None = None
    about: UUID | None = None
    details: dict[str, str | None] | None = None


class FactView(View):
    """What every fact has: whose it is, and when it happened."""

    customer_id: UUID | None
    occurred_at: Moment

    def moment(self, cause: Cause) -> datetime:  # noqa: ARG002 - the cause is for those that happened at another time
        """When it stands in the timeline."""
        return self.occurred_at

    @abstractmethod
    def said(self) -> Said:
        """What its row says."""


class SaleView(FactView):
    """A receipt as it was when it came to its customer."""

    receipt_id: UUID
    store_id: Code
    currency: Currency
    net_minor: WholeNumber

    def said(self) -> Said:
        return Said(self.store_id, self.net_minor, self.currency, None, self.receipt_id)


class DetachedView(SaleView):
    """A receipt that turned out to be somebody else's; of the sale it has only the time."""

    def moment(self, cause: Cause) -> datetime:
        return cause.occurred_at

    def said(self) -> Said:
        return Said(self.store_id, about=self.receipt_id)


class ReturnView(SaleView):
    """What came back."""

    returned_at: Moment
    returned_minor: WholeNumber

    def moment(self, cause: Cause) -> datetime:  # noqa: ARG002 - as above
        return self.returned_at

    def said(self) -> Said:
        return Said(self.store_id, self.returned_minor, self.currency, None, self.receipt_id)


class VoidView(SaleView):
    """A receipt that was cancelled as a whole."""

    voided_at: Moment

    def moment(self, cause: Cause) -> datetime:  # noqa: ARG002 - as above
        return self.voided_at

    def said(self) -> Said:
        return Said(self.store_id, about=self.receipt_id)


class PointsView(FactView):
    """Points that came or went, for a receipt or a redemption."""

    points: WholeNumber
    receipt_id: UUID | None = None
    redemption_id: UUID | None = None

    def said(self) -> Said:
        return Said(points=self.points, about=self.receipt_id or self.redemption_id)


class MembershipView(FactView):
    """A segment entered or left, and why."""

    segment: Code
    reason: Text

    def said(self) -> Said:
        return Said(details={"segment": self.segment, "reason": self.reason})


class RedeemedView(FactView):
    """An offer used at a till."""

    campaign_id: UUID
    store_id: Code
    currency: Currency
    discount_minor: WholeNumber
    offer: Code

    def said(self) -> Said:
        return Said(self.store_id, self.discount_minor, self.currency, None, self.campaign_id, {"offer": self.offer})


class GivenBackView(FactView):
    """A discount of which a return took a share, or all."""

    campaign_id: UUID
    store_id: Code
    currency: Currency
    given_back_minor: WholeNumber

    def said(self) -> Said:
        return Said(self.store_id, self.given_back_minor, self.currency, None, self.campaign_id)


class ArmView(FactView):
    """On which side of an experiment the customer is."""

    experiment: Code
    arm: Code

    def said(self) -> Said:
        return Said(details={"experiment": self.experiment, "arm": self.arm})


class MessageView(FactView):
    """A message, and what the policy or the provider said. Which channel and rule there are depends on the kind."""

    message_id: UUID
    template: Code
    campaign_id: UUID | None
    rule: Code | None = None
    channel: Code | None = None

    def said(self) -> Said:
        codes = {
            "template": self.template,
            "rule": self.rule,
            "channel": self.channel,
            "campaign": str(self.campaign_id) if self.campaign_id else None,
        }
        return Said(about=self.message_id, details={name: code for name, code in codes.items() if code is not None})


class UnsubscribedView(FactView):
    """A link of a message that was followed."""

    message_id: UUID
    channel: Code

    def said(self) -> Said:
        return Said(about=self.message_id, details={"channel": self.channel})


VIEWS: dict[str, type[View]] = {
    stores.SaleRecorded.type: SaleView,
    stores.SaleAttributed.type: SaleView,
    stores.SaleDetached.type: DetachedView,
    stores.SaleReturned.type: ReturnView,
    stores.SaleVoided.type: VoidView,
    # Points held for a while and released again are the till's business, and no fact of a life.
    loyalty.PointsEarned.type: PointsView,
    loyalty.PointsTakenBack.type: PointsView,
    loyalty.PointsRedeemed.type: PointsView,
    loyalty.PointsExpired.type: PointsView,
    segmentation.SegmentEntered.type: MembershipView,
    segmentation.SegmentLeft.type: MembershipView,
    campaigns.ArmAssigned.type: ArmView,
    campaigns.OfferRedeemed.type: RedeemedView,
    campaigns.OfferReturned.type: GivenBackView,
    notifications.MessagePlanned.type: MessageView,
    notifications.MessageDeferred.type: MessageView,
    notifications.MessageSuppressed.type: MessageView,
    notifications.MessageSent.type: MessageView,
    notifications.MessageFailed.type: MessageView,
    notifications.MessageUnknown.type: MessageView,
    notifications.Unsubscribed.type: UnsubscribedView,
}

TOPICS = (
    stores.SALES_TOPIC,
    loyalty.PointsEarned.topic,
    segmentation.MEMBERSHIPS_TOPIC,
    campaigns.CAMPAIGNS_TOPIC,
    notifications.NOTIFICATIONS_TOPIC,
)

KINDS = {type_: type_.split(".")[1] for type_ in VIEWS}
"""`stores.sale_recorded.v1` is the kind `sale_recorded`."""
