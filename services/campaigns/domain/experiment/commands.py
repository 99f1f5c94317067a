"""What an experiment can be asked to do. Who is eligible is looked up, and comes in with the command."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from services.campaigns.domain.experiment.events import ExclusionRule, Invitation
from shared.kernel.messages import Command


@dataclass(frozen=True, slots=True)
class OpenExperiment(Command):
    """Set the share that is held out. `again`: opened by whoever comes first, which is no refusal to the next."""

    salt: str
    hold_out_percent: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class AssignArms(Command):
    """Give `eligible` their arms and keep who was left out; `through` says how far the walk has come."""

    eligible: tuple[UUID, ...]
    excluded: dict[ExclusionRule, tuple[UUID, ...]] = field(default_factory=dict)
    through: UUID | None = None
    invitation: Invitation | None = None


ExperimentCommand = OpenExperiment | AssignArms
