"""What a campaign can be asked to do. Who asks, when, and looked-up facts come in with the command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.campaigns.domain.campaign.events import EndReason
from services.campaigns.domain.offers.definition import CampaignDraft
from shared.kernel.messages import Command


@dataclass(frozen=True, slots=True)
class DraftCampaign(Command):
    """Write the first version."""

    definition: CampaignDraft
    by: str


@dataclass(frozen=True, slots=True)
class ReviseCampaign(Command):
    """Write another version. An approval of the one before is void. `expected` is the version that was read."""

    definition: CampaignDraft
    by: str
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class SubmitCampaign(Command):
    """Ask for an approval of the version as it is."""

    by: str


@dataclass(frozen=True, slots=True)
class ApproveCampaign(Command):
    """Let it run. `version`, where given, is the one that the approver has read.

    `missing_signatures` are the parties of a joint promotion that have not signed that version.
    """

    by: str
    version: int | None = None
    missing_signatures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnCampaign(Command):
    """Send it back to its authors."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ScheduleCampaign(Command):
    """Let it begin by itself: at `starts_at`, else when its definition says, else at once."""

    starts_at: datetime | None
    now: datetime
    by: str


@dataclass(frozen=True, slots=True)
class BeginCampaign(Command):
    """Begin now, by hand, or because its time has come (`timed`): then too early is no refusal."""

    now: datetime
    timed: bool = False


@dataclass(frozen=True, slots=True)
class FinishStart(Command):
    """Every member has her arm: run."""

    assigned: int
    held_out: int


@dataclass(frozen=True, slots=True)
class PauseCampaign(Command):
    """Offer and send nothing for a while."""

    by: str


@dataclass(frozen=True, slots=True)
class ResumeCampaign(Command):
    """Go on."""

    now: datetime
    by: str


@dataclass(frozen=True, slots=True)
class StopCampaign(Command):
    """End it for good, at any time."""

    by: str
    note: str | None


@dataclass(frozen=True, slots=True)
class EndCampaign(Command):
    """End it because its time is over, or because nothing of its budget is left."""

    now: datetime
    reason: EndReason = "ended"


CampaignCommand = (
    DraftCampaign
    | ReviseCampaign
    | SubmitCampaign
    | ApproveCampaign
    | ReturnCampaign
    | ScheduleCampaign
    | BeginCampaign
    | FinishStart
    | PauseCampaign
    | ResumeCampaign
    | StopCampaign
    | EndCampaign
)
