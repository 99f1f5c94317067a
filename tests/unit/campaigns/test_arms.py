"""Arms: a stated share, stable, unlike in another experiment; and how an experiment gives them out."""

from __future__ import annotations

from datetime import UTC, datetime
from math import sqrt
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.campaigns.domain.experiment.arms import GLOBAL, arm_of
from services.campaigns.domain.experiment.candidates import Candidate, sort
from services.campaigns.domain.experiment.commands import AssignArms, OpenExperiment
from services.campaigns.domain.experiment.decider import EXPERIMENT
from services.campaigns.domain.experiment.errors import HoldOutIsSet
from services.campaigns.domain.experiment.events import ArmsAssigned, ExperimentOpened, Invitation
from shared.kernel.errors import InvariantViolated
from shared.kernel.ids import derived_id
from shared.testing.specs import DeciderSpec

MEMBERS = [derived_id("member", n) for n in range(20_000)]
OPENED = ExperimentOpened(salt="spring", hold_out_percent=10)
INVITATION = Invitation(
    template="hello",
    channels=("email",),
    values={},
    send_after=datetime(2026, 3, 1, tzinfo=UTC),
    expires_at=datetime(2026, 3, 15, tzinfo=UTC),
)


@pytest.mark.parametrize("percent", [1, 10, 35, 50])
def test_the_share_held_out_is_the_stated_one(percent: int) -> None:
    held_out = sum(arm_of("spring", member, percent) == "held_out" for member in MEMBERS)
    share = percent / 100
    # Four standard deviations of the binomial: a fair hash is outside once in 16,000 salts.
    assert abs(held_out - share * len(MEMBERS)) < 4 * sqrt(len(MEMBERS) * share * (1 - share))


def test_another_salt_holds_out_others() -> None:
    one, other = (
        {member for member in MEMBERS if arm_of(salt, member, 20) == "held_out"} for salt in ("spring", "autumn")
    )
    # Independent: a fifth of a fifth is in both, as near as four standard deviations.
    expected = len(MEMBERS) * 0.04
    assert abs(len(one & other) - expected) < 4 * sqrt(expected * 0.96)


@given(st.text(max_size=20), st.uuids(), st.integers(0, 49))
def test_a_larger_share_keeps_whom_a_smaller_one_held_out(salt: str, member: UUID, percent: int) -> None:
    assert arm_of(salt, member, 0) == "treated"
    assert arm_of(salt, member, percent) == arm_of(salt, member, percent)
    if arm_of(salt, member, percent) == "held_out":
        assert arm_of(salt, member, percent + 1) == "held_out"


def test_arms_are_what_they_always_were() -> None:
    """Written down: a changed hash would assign members anew and make every running comparison worthless."""
    members = [UUID(int=n) for n in range(1, 41)]
    held_out = [member.int for member in members if arm_of("global", member, 10) == "held_out"]
    assert held_out == [12, 14, 28, 30]


def test_a_share_is_set_once() -> None:
    opened = DeciderSpec(EXPERIMENT).when(OpenExperiment("spring", 10)).then(OPENED)
    opened.when(OpenExperiment("spring", 10)).then_nothing()
    opened.when(OpenExperiment("spring", 0, again=True)).then_nothing()
    opened.when(OpenExperiment("spring", 20)).then_rejected(HoldOutIsSet)


def test_a_page_is_assigned_once() -> None:
    members = tuple(sorted(MEMBERS[:10], key=lambda member: member.int))
    arms = {member: arm_of("spring", member, 10) for member in members}
    page = AssignArms(members, {"consent": (MEMBERS[11],)}, through=members[-1], invitation=INVITATION)
    assigned = ArmsAssigned(
        treated=tuple(member for member in members if arms[member] == "treated"),
        held_out=tuple(member for member in members if arms[member] == "held_out"),
        excluded={"consent": (MEMBERS[11],)},
        through=members[-1],
        invitation=INVITATION,
    )
    spec = DeciderSpec(EXPERIMENT).given(OPENED).when(page).then(assigned)
    spec.when(page).then_nothing()
    spec.when(AssignArms((), {}, through=None)).then_nothing()


def test_nothing_is_assigned_in_an_experiment_that_nobody_opened() -> None:
    spec = DeciderSpec(EXPERIMENT).when(AssignArms((MEMBERS[0],)))
    assert isinstance(spec.outcome, InvariantViolated)


def test_each_member_is_left_out_by_the_first_rule_that_says_so() -> None:
    out = next(member for member in MEMBERS if arm_of(GLOBAL, member, 10) == "held_out")
    new = next(member for member in MEMBERS if arm_of(GLOBAL, member, 10) == "treated")
    silent, angry, known, spared = MEMBERS[-4:]
    found = sort(
        [
            Candidate(silent, agreed=False, complaint_open=True, global_arm="held_out"),
            Candidate(angry, agreed=True, complaint_open=True, global_arm="held_out"),
            Candidate(known, agreed=True, complaint_open=False, global_arm="treated"),
            Candidate(spared, agreed=True, complaint_open=False, global_arm="held_out"),
            Candidate(out, agreed=True, complaint_open=False, global_arm=None),
            Candidate(new, agreed=True, complaint_open=False, global_arm=None),
        ],
        GLOBAL,
        10,
    )
    assert found.excluded == {"consent": (silent,), "complaint_open": (angry,), "hold_out": (spared, out)}
    assert found.eligible == (known, new)
    assert found.new == (out, new)
