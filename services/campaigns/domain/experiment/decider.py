"""What an experiment decides: each member's arm, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never, get_args
from uuid import UUID

from services.campaigns.domain.experiment.arms import GLOBAL, arm_of
from services.campaigns.domain.experiment.commands import AssignArms, ExperimentCommand, OpenExperiment
from services.campaigns.domain.experiment.errors import HoldOutIsSet
from services.campaigns.domain.experiment.events import ArmsAssigned, ExperimentEvent, ExperimentOpened
from shared.kernel.decider import Decider, StreamId
from shared.kernel.errors import InvariantViolated

if TYPE_CHECKING:
    from collections.abc import Sequence

CATEGORY = "experiment"


@dataclass(frozen=True, slots=True)
class Experiment:
    """What decisions need: never the members themselves, of whom there may be millions."""

    salt: str | None = None
    hold_out_percent: int = 0
    through: UUID | None = None
    """The last member that the walk has passed, in the order of ids."""
    treated: int = 0
    held_out: int = 0


def experiment_stream(experiment: UUID | str = GLOBAL) -> StreamId:
    """The stream of a campaign's experiment, or of the global one."""
    return StreamId(CATEGORY, str(experiment))


def decide(command: ExperimentCommand, experiment: Experiment) -> Sequence[ExperimentEvent]:
    """The events that follow from `command`; none if it asks for what already is."""
    match command:
        case OpenExperiment():
            return _open(command, experiment)
        case AssignArms():
            return _assign(command, experiment)
        case _:
            assert_never(command)


def _open(command: OpenExperiment, experiment: Experiment) -> Sequence[ExperimentEvent]:
    if experiment.salt is None:
        return [ExperimentOpened(salt=command.salt, hold_out_percent=command.hold_out_percent)]
    if command.again or command.hold_out_percent == experiment.hold_out_percent:
        return []
    msg = (
        f"percent {command.hold_out_percent} cannot replace {experiment.hold_out_percent}, by which members are"
        " assigned for good; it is set before the first campaign begins"
    )
    raise HoldOutIsSet(msg, hold_out_percent=experiment.hold_out_percent)


def _assign(command: AssignArms, experiment: Experiment) -> Sequence[ExperimentEvent]:
    if experiment.salt is None:
        msg = "arms are assigned in an experiment that nobody opened"
        raise InvariantViolated(msg)
    if command.through is not None and experiment.through is not None and command.through <= experiment.through:
        return []
    salt, percent = experiment.salt, experiment.hold_out_percent
    arms = {customer_id: arm_of(salt, customer_id, percent) for customer_id in command.eligible}
    excluded = {rule: customers for rule, customers in command.excluded.items() if customers}
    if not arms and not excluded:
        return []
    return [
        ArmsAssigned(
            treated=tuple(customer_id for customer_id, arm in arms.items() if arm == "treated"),
            held_out=tuple(customer_id for customer_id, arm in arms.items() if arm == "held_out"),
            excluded=excluded,
            through=command.through,
            invitation=command.invitation,
        ),
    ]


def evolve(experiment: Experiment, event: ExperimentEvent) -> Experiment:
    """The experiment after `event`."""
    match event:
        case ExperimentOpened():
            return replace(experiment, salt=event.salt, hold_out_percent=event.hold_out_percent)
        case ArmsAssigned():
            return replace(
                experiment,
                through=event.through or experiment.through,
                treated=experiment.treated + len(event.treated),
                held_out=experiment.held_out + len(event.held_out),
            )
        case _:
            assert_never(event)


# Contended: whoever assigns the next page must know where the last one ended.
EXPERIMENT: Decider[ExperimentCommand, ExperimentEvent, Experiment] = Decider(
    category=CATEGORY,
    state_type=Experiment,
    events=get_args(ExperimentEvent),
    initial_state=Experiment,
    decide=decide,
    evolve=evolve,
    contended=True,
)
