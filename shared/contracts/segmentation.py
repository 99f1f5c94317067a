"""What `segmentation` tells the others: a member's recency, frequency and money scores."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.contracts.base import IntegrationEvent


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


EVENTS: tuple[type[IntegrationEvent], ...] = (ScoresChanged, ScoresWithdrawn)
