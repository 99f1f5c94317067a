"""What `segmentation` tells the others: a member's recency, frequency and money scores, and her segments."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.base import IntegrationEvent

MEMBERSHIPS_TOPIC = "segmentation.memberships.v1"


class ScoresChanged(IntegrationEvent):
    """The member's scores as of a date, 1 (lowest) to 5 (highest). The newest record of a key is the truth."""

    type: ClassVar[str] = "segmentation.scores_changed.v1"
    topic: ClassVar[str] = "segmentation.scores.v1"

    customer_id: UUID
    as_of: date
    recency: int
    frequency: int
    money: int


class ScoresWithdrawn(IntegrationEvent):
    """The member has no scores any more: nothing counted is left, or she was erased."""

    type: ClassVar[str] = "segmentation.scores_withdrawn.v1"
    topic: ClassVar[str] = "segmentation.scores.v1"

    customer_id: UUID


class MembershipFact(IntegrationEvent):
    """What every event about who is in a segment says. The newest `membership_version` of a member's segment counts."""

    topic: ClassVar[str] = MEMBERSHIPS_TOPIC

    customer_id: UUID
    segment: str
    """The segment's code: one of a chain's own rules, or a named one such as `lifecycle.cooling`, `rfm.champions`."""
    segment_version: int
    membership_version: int
    reason: str
    """What decided it, in words: `last purchase 61 days ago, cooling from 60`."""
    occurred_at: datetime


class SegmentEntered(MembershipFact):
    """The member is in the segment from now on."""

    type: ClassVar[str] = "segmentation.segment_entered.v1"


class SegmentLeft(MembershipFact):
    """The member is not in the segment any more."""

    type: ClassVar[str] = "segmentation.segment_left.v1"


EVENTS: tuple[type[IntegrationEvent], ...] = (ScoresChanged, ScoresWithdrawn, SegmentEntered, SegmentLeft)
