"""Who of a page of members gets an arm, and who is left out by which rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from services.campaigns.domain.experiment.arms import Arm, arm_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.campaigns.domain.experiment.events import ExclusionRule


class Candidate(NamedTuple):
    """A member of the audience, as she stands at this moment."""

    customer_id: UUID
    agreed: bool
    """To hear of it by one of its channels; to be a member and profiled, where it has no message."""
    complaint_open: bool
    global_arm: Arm | None
    """None: she was never eligible before, and has none yet."""


class Sorted(NamedTuple):
    """A page of candidates, sorted."""

    new: tuple[UUID, ...]
    """Eligible for the first time: they get their global arm now."""
    eligible: tuple[UUID, ...]
    excluded: dict[ExclusionRule, tuple[UUID, ...]]


def sort(candidates: Sequence[Candidate], global_salt: str, global_percent: int) -> Sorted:
    """Applies the rules in their order: consent, open complaint, global hold-out. Each is left out by one rule."""
    new: list[UUID] = []
    eligible: list[UUID] = []
    excluded: dict[ExclusionRule, list[UUID]] = {}
    for candidate in candidates:
        if not candidate.agreed:
            excluded.setdefault("consent", []).append(candidate.customer_id)
        elif candidate.complaint_open:
            excluded.setdefault("complaint_open", []).append(candidate.customer_id)
        else:
            if candidate.global_arm is None:
                new.append(candidate.customer_id)
            arm = candidate.global_arm or arm_of(global_salt, candidate.customer_id, global_percent)
            if arm == "held_out":
                excluded.setdefault("hold_out", []).append(candidate.customer_id)
            else:
                eligible.append(candidate.customer_id)
    return Sorted(tuple(new), tuple(eligible), {rule: tuple(customers) for rule, customers in excluded.items()})
