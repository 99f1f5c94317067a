"""What happens to an experiment. The stream is `experiment-<campaign id>`, or `experiment-global`."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.campaigns.domain.offers.definition import Channel
from shared.kernel.messages import DomainEvent

ExclusionRule = Literal["consent", "complaint_open", "hold_out"]
"""Why a member of the segment gets no arm; the words of the contact policy."""


class Invitation(BaseModel):
    """What the treated shall be told, and when: everything that a request for a message says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: str
    channels: tuple[Channel, ...]
    values: dict[str, str]
    partner: str | None = None
    send_after: datetime
    expires_at: datetime


class ExperimentOpened(DomainEvent):
    """Its salt and its share are set for good."""

    type: ClassVar[str] = "experiment_opened"

    salt: str
    hold_out_percent: int


class ArmsAssigned(DomainEvent):
    """Some members got their arm, for ever; others of the segment were left out, by rule.

    One event for a page of members, since nobody asks for one of them here. `through` is the last of the page.
    """

    type: ClassVar[str] = "arms_assigned"

    treated: tuple[UUID, ...]
    held_out: tuple[UUID, ...]
    excluded: dict[ExclusionRule, tuple[UUID, ...]] = Field(default_factory=dict)
    through: UUID | None = None
    invitation: Invitation | None = None


ExperimentEvent = ExperimentOpened | ArmsAssigned
